using System.Security.Claims;
using Fintech.Dashboard.Api;
using Fintech.Dashboard.Security;
using Microsoft.Extensions.Options;

namespace Fintech.Dashboard.Alerts;

internal static class AlertsSetup
{
    private const int DefaultLimit = 50;
    private const int MostOpen = 1_000;

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
        var read = api.MapGroup("/alerts").TellWhenWarehouseIsAway();
        read.MapGet("", ListAsync);
        read.MapGet("/changes", ChangesAsync);
        read.MapGet("/open", async (AlertReader alerts, CancellationToken token) => new { open = await alerts.OpenAsync(MostOpen, token), most = MostOpen });
        read.MapGet("/rules", (AlertReader alerts, CancellationToken token) => alerts.RulesAsync(token));
        read.MapGet("/detail", async (DossierReader dossiers, string id, string? source, CancellationToken token) =>
            await dossiers.ReadAsync(id, source, token) is { } dossier ? Results.Ok(dossier) : NoSuchAlert());
        read.MapGet("/history", async (DossierReader dossiers, string id, string? source, CancellationToken token) =>
            await dossiers.HistoryAsync(id, source, token) is { } history ? Results.Ok(history) : NoSuchAlert());
        read.MapGet("/snoozes", (Snoozes snoozes, long? customer, CancellationToken token) => snoozes.ListAsync(customer, token));
        read.MapGet("/snoozes/requests/{id:long}", async (Snoozes snoozes, long id, CancellationToken token) =>
            await snoozes.ProgressAsync(id, token) is { } progress ? Results.Ok(progress) : Fault("There is no such request.", StatusCodes.Status404NotFound));

        var write = api.MapGroup("/alerts").RequireAuthorization(Policies.Analyst).TellWhenWarehouseIsAway();
        write.MapPost("/decisions", DecideAsync);
        write.MapPost("/undo", UndoAsync);
        write.MapPost("/take", TakeAsync);
        write.MapPost("/claim", async (Claims claims, ClaimRequest request, CancellationToken token) =>
            await claims.RenewAsync(request, token) ? Results.NoContent() : Fault("This alert is not yours any more.", StatusCodes.Status409Conflict));
        write.MapPost("/release", async (Claims claims, ClaimRequest request, CancellationToken token) =>
        {
            await claims.ReleaseAsync(request, token);
            return Results.NoContent();
        });
        write.MapPost("/snoozes", SnoozeAsync);
    }

    private static async Task<IResult> ListAsync(
        HttpRequest request, AlertReader alerts, string? sort, string? after, CancellationToken cancellationToken, int limit = DefaultLimit)
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
            : Fault("after is no place in this list: take it from the page before, in the same order.");
    }

    private static async Task<IResult> ChangesAsync(
        HttpRequest request, AlertReader alerts, DateTimeOffset? asOf, CancellationToken cancellationToken, long since = 0)
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
        return Results.Accepted($"/api/alerts/snoozes/requests/{id}", new { commandId = id });
    }

    /// <summary>A decision without a name would be nobody's: better none.</summary>
    private static string Name(ClaimsPrincipal user) =>
        user.Identity?.Name is { Length: > 0 } name ? name : throw new InvalidOperationException("Somebody who may act on alerts has no name.");

    private static IResult NoSuchAlert() => Fault("There is no such alert.", StatusCodes.Status404NotFound);

    private static IResult Fault(string sentence, int status = StatusCodes.Status400BadRequest) => Results.Problem(sentence, statusCode: status);
}
