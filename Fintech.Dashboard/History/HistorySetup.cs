using Fintech.Dashboard.Api;
using Npgsql;

namespace Fintech.Dashboard.History;

internal static partial class HistorySetup
{
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
        var history = api.MapGroup("/history");
        Map(history, "totals", charts.TotalsAsync, needsCurrency: false);
        Map(history, "categories", charts.CategoriesAsync);
        Map(history, "hours", charts.HoursAsync, needsCurrency: false);
        Map(history, "trend", charts.TrendAsync);
        Map(history, "alerts", charts.AlertsAsync);
        Map(history, "amounts", rankings.AmountsAsync);
        Map(history, "merchants", rankings.MerchantsAsync);
        Map(history, "customers", rankings.CustomersAsync);
    }

    private static void Map(RouteGroupBuilder history, string chart, Func<HistoryQuery, CancellationToken, Task<HistoryTable>> compute, bool needsCurrency = true)
    {
        history.MapGet($"/{chart}", (Delegate)((HttpContext context) => AnswerAsync(context, chart, compute, needsCurrency, asFile: false))).Produces<HistoryTable>();
        history.MapGet($"/{chart}.csv", (Delegate)((HttpContext context) => AnswerAsync(context, chart, compute, needsCurrency, asFile: true))).Produces<string>(contentType: "text/csv");
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
            var version = $"{chart}|{query}|{await reader.StateAsync(query, context.RequestAborted)}";
            if (ETags.Match(context, version) && !asFile)
                return ETags.NotModified();

            var stopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
            var table = await context.RequestServices.GetRequiredService<HistoryCache>().GetAsync(version, () => compute(query, stopping), context.RequestAborted);
            if (!asFile)
                return Results.Ok(table);

            context.Response.ContentType = "text/csv; charset=utf-8; header=present";
            context.Response.Headers.ContentDisposition = $"attachment; filename=\"{chart}{(query.Currency is null ? "" : "-" + query.Currency)}.csv\"";
            await Csv.WriteAsync(table, context.Response.BodyWriter, context.RequestAborted);
            return Results.Empty;
        }
        catch (NpgsqlException e) when (!context.RequestAborted.IsCancellationRequested)
        {
            LogNotRead(context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(HistorySetup)), e, chart);
            var slow = e is PostgresException { SqlState: PostgresErrorCodes.QueryCanceled };
            return Results.Problem(
                slow ? "The answer takes more than a minute: ask for a shorter period, or wait until the history is rolled up." : "The warehouse cannot be read at the moment.",
                statusCode: StatusCodes.Status503ServiceUnavailable, title: "The history cannot be read");
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The history's {Chart} cannot be read")]
    private static partial void LogNotRead(ILogger logger, Exception exception, string chart);
}
