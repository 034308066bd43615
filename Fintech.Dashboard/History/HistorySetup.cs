using Fintech.Dashboard.Api;
using Npgsql;

namespace Fintech.Dashboard.History;

internal static partial class HistorySetup
{
    /// <summary>Another build may give other columns: a browser must not be told that it has them. Builds are deterministic, so it is the same on every replica.</summary>
    private static readonly Guid Build = typeof(HistorySetup).Module.ModuleVersionId;

    public static void AddHistory(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<HistoryReader>();
        builder.Services.AddSingleton<HistoryCharts>();
        builder.Services.AddSingleton<HistoryRankings>();
        builder.Services.AddSingleton<HistoryCache>();
    }

    /// <summary>Below <c>/api/history/</c> each chart as JSON, and with <c>.csv</c> as a file.</summary>
    public static void MapHistory(this WebApplication app, RouteGroupBuilder api)
    {
        var (charts, rankings) = (app.Services.GetRequiredService<HistoryCharts>(), app.Services.GetRequiredService<HistoryRankings>());
        var history = api.MapGroup("/history").WithTags("History");
        Map(history, "totals", "What there is in each currency, with alerts, alert rate and active customers.", charts.TotalsAsync, needsCurrency: false);
        Map(history, "categories", "Revenue by category.", charts.CategoriesAsync);
        Map(history, "hours", "Transactions of all currencies by weekday and hour.", charts.HoursAsync, needsCurrency: false);
        Map(history, "trend", "Revenue by day, by hour where the period is short.", charts.TrendAsync);
        Map(history, "alerts", "What became of alerts, by day and by rule.", charts.AlertsAsync);
        Map(history, "amounts", "Distribution of the amounts of purchases.", rankings.AmountsAsync);
        Map(history, "merchants", "Merchants with most revenue.", rankings.MerchantsAsync);
        Map(history, "customers", "Customers with most revenue, under pseudonyms.", rankings.CustomersAsync);
    }

    private static void Map(RouteGroupBuilder history, string chart, string summary, Func<HistoryQuery, CancellationToken, Task<HistoryTable>> compute, bool needsCurrency = true)
    {
        history.MapGet($"/{chart}", (Delegate)((HttpContext context) => AnswerAsync(context, chart, compute, needsCurrency, asFile: false)))
            .Reads(HistoryQuery.Known).WithSummary(summary)
            .Produces<HistoryTable>().Produces(StatusCodes.Status304NotModified).ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        history.MapGet($"/{chart}.csv", (Delegate)((HttpContext context) => AnswerAsync(context, chart, compute, needsCurrency, asFile: true)))
            .Reads(HistoryQuery.Known).WithSummary($"{summary} A file, RFC 4180.")
            .Produces<string>(contentType: "text/csv").ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<IResult> AnswerAsync(
        HttpContext context, string chart, Func<HistoryQuery, CancellationToken, Task<HistoryTable>> compute, bool needsCurrency, bool asFile)
    {
        if (!HistoryQuery.TryParse(context.Request.Query, out var query, out var fault))
            return Results.Problem(fault, statusCode: StatusCodes.Status400BadRequest, title: "The question cannot be understood");
        if (needsCurrency && query.Currency is null)
            return Results.Problem("currency is missing: amounts of different currencies are never added up.", statusCode: StatusCodes.Status400BadRequest, title: "The question cannot be understood");

        try
        {
            var reader = context.RequestServices.GetRequiredService<HistoryReader>();
            var version = $"{Build}|{chart}|{query}|{await reader.StateAsync(query, context.RequestAborted)}";
            if (ETags.Match(context, version) && !asFile)
                return ETags.NotModified();

            var stopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
            var table = await context.RequestServices.GetRequiredService<HistoryCache>().GetAsync(version, async () => (await compute(query, stopping)).SaidOf(query), context.RequestAborted);
            if (!asFile)
                return Results.Ok(table);

            context.Response.ContentType = "text/csv; charset=utf-8; header=present";
            context.Response.Headers.ContentDisposition = $"attachment; filename=\"{chart}{(query.Currency is null ? "" : "-" + query.Currency)}.csv\"";
            await Csv.WriteAsync(table, context.Response.BodyWriter, context.RequestAborted);
            return Results.Empty;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.QueryCanceled && !context.RequestAborted.IsCancellationRequested)
        {
            LogSlow(context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(HistorySetup)), e, chart);
            return Results.Problem(
                "The answer takes more than a minute: ask for a shorter period, or wait until the history is rolled up.",
                statusCode: StatusCodes.Status503ServiceUnavailable, title: "The history cannot be read");
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The history's {Chart} takes too long")]
    private static partial void LogSlow(ILogger logger, Exception exception, string chart);
}
