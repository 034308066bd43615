using System.ComponentModel;
using System.Text.Json;
using Fintech.Dashboard.Api;
using Fintech.Dashboard.Security;
using Npgsql;

namespace Fintech.Dashboard.Pipeline;

internal static class PipelineSetup
{
    private const int LongestPage = 200;
    private const string Before = "next of the page before.";
    private const string Limits = "1 to 200.";

    /// <summary>The pipeline page's readers, and the book in which it asks the worker.</summary>
    public static void AddPipeline(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<CommandBook>();
        builder.Services.AddSingleton<QuarantineReader>();
        builder.Services.AddSingleton<RulesReader>();
        builder.Services.AddSingleton<StreamsReader>();
        builder.Services.AddSingleton<PipelineReader>();
    }

    public static void MapPipeline(this WebApplication app, RouteGroupBuilder api)
    {
        var pipeline = api.MapGroup("/pipeline").WithTags("Pipeline");
        pipeline.MapGet("/", OverviewAsync).WithSummary("Newest runs, sources, audits, losses, deliveries, quarantine, rules and commands.").Produces<Overview>();
        pipeline.MapGet("/streams", async (StreamsReader streams, CancellationToken cancellationToken) => TypedResults.Ok(await streams.ReadAsync(cancellationToken)))
            .WithSummary("Every partition as it stands.");
        pipeline.MapGet("/runs", RunsAsync).WithSummary("Batch runs, newest first.").Produces<RunPage>().ProducesProblem(StatusCodes.Status400BadRequest);
        pipeline.MapGet("/runs/{id:long}", RunAsync).WithSummary("One run with its stages and checks.").Produces<RunDetail>().ProducesProblem(StatusCodes.Status404NotFound);
        pipeline.MapGet("/quarantine", QuarantineAsync).WithSummary("Rejected rows, newest first.").Produces<RejectedPage>().ProducesProblem(StatusCodes.Status400BadRequest);
        pipeline.MapGet("/quarantine/{id:long}", RejectedAsync).WithSummary("One rejected row; its contents for analysts and admins.")
            .Produces<RejectedDetail>().ProducesProblem(StatusCodes.Status404NotFound);
        pipeline.MapGet("/rules", RulesAsync).WithSummary("Versions of the rule set, newest first, and what each rule did by day.").Produces<Rules>().ProducesProblem(StatusCodes.Status400BadRequest);
        pipeline.MapGet("/commands", CommandsAsync).WithSummary("What was asked of the worker, newest first.").Produces<CommandPage>().ProducesProblem(StatusCodes.Status400BadRequest);
        pipeline.MapGet("/commands/{id:long}", CommandAsync).WithSummary("One command and what became of it.").Produces<Command>().ProducesProblem(StatusCodes.Status404NotFound);
        pipeline.MapPost("/commands", AskAsync).RequireAuthorization(Policies.Admin)
            .WithSummary("Asks the worker for a command; the same key twice is one command.")
            .Produces<AcceptedCommand>(StatusCodes.Status202Accepted).ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static async Task<IResult> OverviewAsync(PipelineReader reader, HttpContext context, CancellationToken cancellationToken)
    {
        var overview = await reader.OverviewAsync(cancellationToken);
        return ETags.Ok(SeesContents(context) ? overview : overview with { Commands = [.. overview.Commands.Select(CommandBook.WithoutContents)] });
    }

    private static async Task<IResult> RunsAsync(
        PipelineReader reader, CancellationToken cancellationToken, [Description("For example batch.")] string? kind = null, [Description("running, succeeded or failed.")] string? status = null,
        [Description(Before)] long? before = null, [Description(Limits)] int limit = 25) =>
        Limit(limit) ?? ETags.Ok(await reader.RunsAsync(kind, status, before, limit, cancellationToken));

    private static async Task<IResult> RunAsync(long id, PipelineReader reader, CancellationToken cancellationToken) =>
        await reader.RunAsync(id, cancellationToken) is { } run ? ETags.Ok(run) : Missing($"There is no batch run {id}.");

    private static async Task<IResult> QuarantineAsync(
        QuarantineReader reader, CancellationToken cancellationToken,
        [Description("For example open.")] string? status = null, [Description("Name of the check that rejected it.")] string? check = null,
        [Description("Where the row came from.")] string? origin = null, [Description("Exactly this key of a row.")] string? key = null,
        [Description(Before)] long? before = null, [Description(Limits)] int limit = 50) =>
        Limit(limit) ?? ETags.Ok(await reader.ListAsync(status, check, origin, key, before, limit, cancellationToken));

    private static async Task<IResult> RejectedAsync(long id, QuarantineReader reader, HttpContext context, CancellationToken cancellationToken) =>
        await reader.GetAsync(id, SeesContents(context), cancellationToken) is { } row ? ETags.Ok(row) : Missing($"There is no rejected row {id}.");

    private static async Task<IResult> RulesAsync(
        RulesReader reader, CancellationToken cancellationToken, [Description(Before)] int? before = null, [Description(Limits)] int limit = 20) =>
        Limit(limit) ?? ETags.Ok(await reader.ReadAsync(before, limit, cancellationToken));

    private static async Task<IResult> CommandsAsync(
        CommandBook book, HttpContext context, CancellationToken cancellationToken, [Description(Before)] long? before = null, [Description(Limits)] int limit = 25)
    {
        if (Limit(limit) is { } refused)
            return refused;
        var page = await book.ListAsync(before, limit, null, cancellationToken);
        return ETags.Ok(SeesContents(context) ? page : page with { Commands = [.. page.Commands.Select(CommandBook.WithoutContents)] });
    }

    private static async Task<IResult> CommandAsync(long id, CommandBook book, HttpContext context, CancellationToken cancellationToken) =>
        (await book.ListAsync(null, 1, id, cancellationToken)).Commands is [var command]
            ? ETags.Ok(SeesContents(context) ? command : CommandBook.WithoutContents(command))
            : Missing($"There is no command {id}.");

    private static async Task<IResult> AskAsync(AskedCommand asked, CommandBook book, HttpContext context, CancellationToken cancellationToken)
    {
        if (!CommandBook.Names.Contains(asked.Name))
            return Refused($"There is no such command; known are {string.Join(", ", CommandBook.Names)}.");
        if (asked.Arguments.ValueKind != JsonValueKind.Object)
            return Refused("The arguments of a command are a JSON object.");
        if (asked.Arguments.GetRawText().Length > CommandBook.LongestArguments)
            return Refused($"The arguments of a command have at most {CommandBook.LongestArguments} characters.");
        if (asked.Key == Guid.Empty)
            return Refused("A command needs a key of its own, so that asked twice it is done once.");

        try
        {
            return await book.AskAsync(asked, context.User.Identity!.Name!, cancellationToken) is { } accepted
                ? Results.Accepted($"/api/pipeline/commands/{accepted.Id}", accepted)
                : Results.Problem("The key of this command was used for another one.", statusCode: StatusCodes.Status409Conflict, title: "Key in use");
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UntranslatableCharacter)
        {
            return Refused("The arguments hold a character that cannot be kept.");     // \u0000, which jsonb has no room for.
        }
    }

    private static bool SeesContents(HttpContext context) => Roles.Of(context.User) is Roles.Analyst or Roles.Admin;

    private static IResult? Limit(int limit) => limit is < 1 or > LongestPage ? Refused($"limit must be 1 to {LongestPage}.") : null;

    private static IResult Refused(string sentence) => Results.Problem(sentence, statusCode: StatusCodes.Status400BadRequest, title: "Not understood");

    private static IResult Missing(string sentence) => Results.Problem(sentence, statusCode: StatusCodes.Status404NotFound, title: "Not found");
}
