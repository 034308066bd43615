using System.ComponentModel;
using System.Security.Claims;
using Fintech.Dashboard.Api;
using Fintech.Dashboard.Security;
using Microsoft.Extensions.Options;

namespace Fintech.Dashboard.Alerts;

internal static class AlertsSetup
{
    private const int DefaultLimit = 50;
    private const int MostOpen = 1_000;
    private const string Id = "Of the transaction.";
    private const string Source = "The ledger it belongs to; without it the newest alert of that id is meant.";

    /// <summary>The work on alerts.</summary>
    public static void AddAlerts(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<TriageOptions>().BindConfiguration(DashboardOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<TriageOptions>, TriageOptions.Validate>();
        builder.Services.AddSingleton<AlertReader>();
        builder.Services.AddSingleton<DossierReader>();
        builder.Services.AddSingleton<Decisions>();
        builder.Services.AddSingleton<Claims>();
        builder.Services.AddSingleton<Snoozes>();
    }

    public static void MapAlerts(this WebApplication app, RouteGroupBuilder api)
    {
        // Ids are data of others and may hold a slash: they travel as parameters.
        var alerts = api.MapGroup("/alerts").WithTags("Alerts");
        MapReads(alerts);
        MapWrites(alerts.MapGroup("").RequireAuthorization(Policies.Analyst));
    }

    private static void MapReads(RouteGroupBuilder alerts)
    {
        alerts.MapGet("", ListAsync).Reads(AlertFilter.Parameters).WithSummary("Alerts in the order of work, or another one.")
            .Produces<AlertPage>().ProducesProblem(StatusCodes.Status400BadRequest);
        alerts.MapGet("/changes", ChangesAsync).Reads(AlertFilter.Parameters).WithSummary("What changed since a page was read: counts by state, new ones, decisions, claims.")
            .Produces<AlertChanges>().ProducesProblem(StatusCodes.Status400BadRequest);
        alerts.MapGet("/open", async (AlertReader reader, CancellationToken token) => new OpenAlerts(await reader.OpenAsync(MostOpen, token), MostOpen))
            .WithSummary("How many are open, counted no further than is shown.");
        alerts.MapGet("/rules", (AlertReader reader, CancellationToken token) => reader.RulesAsync(token)).WithSummary("Rules that alerts can be filtered by.");
        alerts.MapGet("/detail", async (DossierReader dossiers, [Description(Id)] string id, [Description(Source)] string? source, CancellationToken token) =>
                await dossiers.ReadAsync(id, source, token) is { } dossier ? Results.Ok(dossier) : NoSuchAlert())
            .WithSummary("One alert in full.").Produces<AlertDossier>().ProducesProblem(StatusCodes.Status404NotFound);
        alerts.MapGet("/history", async (DossierReader dossiers, [Description(Id)] string id, [Description(Source)] string? source, CancellationToken token) =>
                await dossiers.HistoryAsync(id, source, token) is { } history ? Results.Ok(history) : NoSuchAlert())
            .WithSummary("The weeks of its customer before it.").Produces<CustomerHistory>().ProducesProblem(StatusCodes.Status404NotFound);
        alerts.MapGet("/snoozes", (Snoozes snoozes, [Description("Of this customer only.")] long? customer, CancellationToken token) => snoozes.ListAsync(customer, token))
            .WithSummary("Snoozes in force.");
        alerts.MapGet("/snoozes/requests/{id:long}", async (Snoozes snoozes, long id, CancellationToken token) =>
                await snoozes.ProgressAsync(id, token) is { } progress ? Results.Ok(progress) : Fault("There is no such request.", StatusCodes.Status404NotFound))
            .WithSummary("What became of a snooze that was asked for.").Produces<SnoozeProgress>().ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static void MapWrites(RouteGroupBuilder alerts)
    {
        alerts.MapPost("/decisions", DecideAsync).WithSummary("Marks alerts; of several, the answer says what became of each.")
            .Produces<DecisionResult>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
        alerts.MapPost("/undo", UndoAsync).WithSummary("Takes a decision back.")
            .Produces<DecisionResult>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
        alerts.MapPost("/take", TakeAsync).Reads(AlertFilter.Parameters).WithSummary("The next alert that nobody else has taken; 204 where there is none.")
            .Produces<AlertDossier>().Produces(StatusCodes.Status204NoContent).ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound);
        alerts.MapPost("/claim", async (Claims claims, ClaimRequest request, CancellationToken token) =>
                await claims.RenewAsync(request, token) ? Results.NoContent() : Fault("This alert is not yours any more.", StatusCodes.Status409Conflict))
            .WithSummary("Keeps an alert that was taken.").Produces(StatusCodes.Status204NoContent).ProducesProblem(StatusCodes.Status409Conflict);
        alerts.MapPost("/release", async (Claims claims, ClaimRequest request, CancellationToken token) =>
        {
            await claims.ReleaseAsync(request, token);
            return TypedResults.NoContent();
        }).WithSummary("Gives it back.");
        alerts.MapPost("/snoozes", SnoozeAsync).WithSummary("Asks the worker to keep a rule quiet of a customer; without an end, to end that.")
            .Produces<AskedSnooze>(StatusCodes.Status202Accepted).ProducesProblem(StatusCodes.Status400BadRequest);
    }

    private static async Task<IResult> ListAsync(
        HttpRequest request, AlertReader alerts, [Description("severity, which is the order of work, score, oldest or newest.")] string? sort,
        [Description("next of the page before, in the same order.")] string? after, CancellationToken cancellationToken, [Description("1 to 500.")] int limit = DefaultLimit)
    {
        var filter = AlertFilter.Parse(request.Query, out var fault);
        if (fault is null && limit is < 1 or > Decisions.Most)
            fault = $"limit lies between 1 and {Decisions.Most}.";
        if (AlertOrder.Find(sort) is not { } order)
            return Fault(fault ?? $"There is no order '{sort}'. It is one of {AlertOrder.Names}.");
        if (fault is not null)
            return Fault(fault);
        return await alerts.ListAsync(filter, order, after, limit, cancellationToken) is { } page
            ? Results.Ok(page)
            : Fault("after is no place in this list: take next of the page before, in the same order.");
    }

    private static async Task<IResult> ChangesAsync(
        HttpRequest request, AlertReader alerts, [Description("As the page said it.")] DateTimeOffset? asOf, CancellationToken cancellationToken,
        [Description("The newest disposition that is known: newest of the answer before.")] long since = 0)
    {
        var filter = AlertFilter.Parse(request.Query, out var fault);
        return fault is null ? Results.Ok(await alerts.ChangesAsync(filter, asOf, since, cancellationToken)) : Fault(fault);
    }

    /// <summary>One alert that could not be marked is a conflict; of several each has its own answer.</summary>
    private static async Task<IResult> DecideAsync(ClaimsPrincipal user, Decisions decisions, DecisionRequest request, CancellationToken cancellationToken)
    {
        if (Decisions.Fault(request) is { } fault)
            return Fault(fault);
        var result = await decisions.DecideAsync(request, Name(user), cancellationToken);
        return request.Alerts.Count == 1 ? OfOne(result) : Results.Ok(result);
    }

    private static async Task<IResult> UndoAsync(ClaimsPrincipal user, Decisions decisions, UndoRequest request, CancellationToken cancellationToken) =>
        Decisions.CommentFault(request.Comment) is { } fault ? Fault(fault) : OfOne(await decisions.UndoAsync(request, Name(user), cancellationToken));

    private static IResult OfOne(DecisionResult result) => result.Refused switch
    {
        [] => Results.Ok(result),
        [{ Kind: "unknown" }, ..] => NoSuchAlert(),
        [var refusal, ..] => Fault(refusal.Sentence, StatusCodes.Status409Conflict),
    };

    private static async Task<IResult> TakeAsync(
        HttpRequest http, ClaimsPrincipal user, Claims claims, DossierReader dossiers, TakeRequest request, CancellationToken cancellationToken)
    {
        var filter = AlertFilter.Parse(http.Query, out var fault);
        if (request.Passed?.Count > Claims.MostPassed)
            fault ??= $"At most {Claims.MostPassed} alerts are passed over.";
        if (fault is not null)
            return Fault(fault);
        if (await claims.TakeNextAsync(request, filter, Name(user), cancellationToken) is not { } key)
            return Results.NoContent();
        return await dossiers.ReadAsync(key.Id, key.Source, cancellationToken) is { } dossier ? Results.Ok(dossier) : NoSuchAlert();
    }

    private static async Task<IResult> SnoozeAsync(ClaimsPrincipal user, Snoozes snoozes, SnoozeRequest request, CancellationToken cancellationToken)
    {
        if (Snoozes.Fault(request) is { } fault)
            return Fault(fault);
        var id = await snoozes.AskAsync(request, Name(user), cancellationToken);
        return Results.Accepted($"/api/alerts/snoozes/requests/{id}", new AskedSnooze(id));
    }

    /// <summary>A decision without a name would be nobody's: better none.</summary>
    private static string Name(ClaimsPrincipal user) =>
        user.Identity?.Name is { Length: > 0 } name ? name : throw new InvalidOperationException("Somebody who may act on alerts has no name.");

    private static IResult NoSuchAlert() => Fault("There is no such alert.", StatusCodes.Status404NotFound);

    private static IResult Fault(string sentence, int status = StatusCodes.Status400BadRequest) => Results.Problem(sentence, statusCode: status);
}
