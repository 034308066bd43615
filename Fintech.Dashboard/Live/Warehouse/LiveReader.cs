using System.Data;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Fintech.Dashboard.Live.Warehouse;

/// <summary>
/// One reading of everything the page counts, in one snapshot of the warehouse. Where the numbers come from, and the only
/// place: the feed may be lost, late or doubled, the warehouse is what every browser and every replica agrees on.
/// </summary>
/// <remarks>Keeps sums between readings, hence one reading at a time.</remarks>
internal sealed class LiveReader(NpgsqlDataSource warehouse, IOptions<DashboardOptions> options)
{
    public const int MaxAlertPoints = 2_000;

    private const string QuarantinedSql = "select coalesce(sum(rows), 0)::bigint from etl.quarantine_summary where status = 'open'";

    /// <summary>A commit may become visible later than another that carries a later time.</summary>
    private static readonly TimeSpan AlertOverlap = TimeSpan.FromSeconds(10);

    /// <summary>The view counts every rejected row, which is worth less hurry than the rest.</summary>
    private static readonly TimeSpan QuarantinePace = TimeSpan.FromSeconds(5);

    /// <summary>Minutes do not change so fast.</summary>
    private static readonly TimeSpan TrendPace = TimeSpan.FromSeconds(5);

    private readonly TimeZoneInfo zone = options.Value.Zone;
    private readonly Dictionary<LiveWindow, DateTimeOffset> trends = [];
    private ClosedSums? closed;
    private DateTimeOffset? newestAlert;
    private (DateTimeOffset At, long Rows)? quarantined;

    public async Task<LiveReading> ReadAsync(IReadOnlyCollection<LiveWindow> windows, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);

        var alertsSince = newestAlert - AlertOverlap ?? now - PointRing.Span;
        var books = await Books.ReadAsync(connection, alertsSince, MaxAlertPoints, cancellationToken);
        var midnight = LiveWindow.MidnightOf(now, zone);
        if (closed?.HoldFor(books, midnight, now) != true)
            closed = await ClosedSums.TakeAsync(connection, books, closed, midnight, now, cancellationToken);

        var queries = new QueryBatch(connection);
        var streamed = new Sums();
        AddTotals(queries, streamed, closed.OpenSince);
        var readings = windows.ToDictionary(window => window, window => AddWindow(queries, window, closed, now));
        var trend = windows.Select(window => (window, builder: AddTrend(queries, window, now))).Where(pair => pair.builder is not null)
            .ToDictionary(pair => pair.window, pair => pair.builder!);
        var chart = new Sums();
        var (chartFrom, chartShare) = PointRing.SpanAt(now);
        AddTotals(queries, chart, chartFrom, Infinity, 1, chartShare);
        var waiting = quarantined;
        if (waiting is null || now - waiting.Value.At >= QuarantinePace)
            queries.Add(QuarantinedSql, row => waiting = (now, row.GetInt64(0)));
        await queries.RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);

        quarantined = waiting;
        newestAlert = books.AlertPoints.LastOrDefault()?.CommittedAt ?? newestAlert;
        return new LiveReading(now, closed.All.Streamed + streamed.Streamed, readings, trend, chart.Alerts, books, waiting?.Rows ?? 0);
    }

    private WindowReading AddWindow(QueryBatch queries, LiveWindow window, ClosedSums closed, DateTimeOffset now)
    {
        var (from, before, fromShare) = window.BoundsAt(now, zone);
        var sums = new Sums();
        if (window == LiveWindow.All)
        {
            sums.Add(closed.All);
            from = closed.OpenSince;
        }
        else if (window == LiveWindow.Today)
        {
            sums.Add(closed.Today);
            from = closed.OpenToday;
        }

        AddTotals(queries, sums, from, Infinity, 1, fromShare);
        queries.Add(Sql.Read("Live/Warehouse/window_categories.sql"),
            row => sums.AddCategory(row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetDecimal(3)), from.UtcDateTime, fromShare);
        if (before is null)
            return new WindowReading(sums, null, null);

        var previous = new Sums();
        AddTotals(queries, previous, before.From, before.Edge.UtcDateTime, before.Share, before.FromShare);
        return new WindowReading(sums, previous, before);
    }

    private static void AddTotals(QueryBatch queries, Sums sums, DateTimeOffset from) => AddTotals(queries, sums, from, Infinity, 1, 1);

    private static void AddTotals(QueryBatch queries, Sums sums, DateTimeOffset from, DateTime edge, decimal share, decimal fromShare) =>
        queries.Add(Sql.Read("Live/Warehouse/window_totals.sql"),
            row => sums.Add(row.GetString(0), row.GetInt64(1), row.GetDecimal(2), row.GetInt64(3), streamed: true),
            from.UtcDateTime, edge, share, fromShare);

    /// <summary>Where the last trend of the window has had its time.</summary>
    private TrendBuilder? AddTrend(QueryBatch queries, LiveWindow window, DateTimeOffset now)
    {
        if (TrendSpan.Of(window, now, zone) is not { } span || trends.TryGetValue(window, out var known) && now >= known && now - known < TrendPace)
            return null;

        trends[window] = now;
        var trend = new TrendBuilder(span, now);
        queries.Add(Sql.Read("Live/Warehouse/trend.sql"),
            row => trend.Add(row.GetFieldValue<DateTimeOffset>(0), row.GetString(1), row.GetInt64(2), row.GetDecimal(3), row.GetInt64(4)),
            span.From.UtcDateTime, span.Step);
        return trend;
    }

    /// <summary>Npgsql writes it as PostgreSQL's <c>infinity</c>.</summary>
    private static readonly DateTime Infinity = DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc);
}

/// <param name="Streamed">Transactions that ever came by stream: the rate is its change.</param>
/// <param name="Trends">Those that were due.</param>
/// <param name="AlertsInChart">Alerts of the five minutes that the chart shows, the first of them in proportion.</param>
internal sealed record LiveReading(
    DateTimeOffset At,
    long Streamed,
    IReadOnlyDictionary<LiveWindow, WindowReading> Windows,
    IReadOnlyDictionary<LiveWindow, TrendBuilder> Trends,
    long AlertsInChart,
    Books Books,
    long Quarantined);

internal sealed record WindowReading(Sums Sums, Sums? Previous, PreviousBounds? PreviousBounds);
