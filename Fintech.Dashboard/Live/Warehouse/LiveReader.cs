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
    public const int MaxAlertPoints = 600;

    private const string QuarantinedSql = "select coalesce(sum(rows), 0)::bigint from etl.quarantine_summary where status = 'open'";

    /// <summary>A commit may become visible later than another that carries a later time.</summary>
    private static readonly TimeSpan AlertOverlap = TimeSpan.FromSeconds(10);

    /// <summary>The view counts every rejected row, which is worth less hurry than the rest.</summary>
    private static readonly TimeSpan QuarantinePace = TimeSpan.FromSeconds(5);

    private readonly TimeZoneInfo zone = options.Value.Zone;
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
        var waiting = quarantined;
        if (waiting is null || now - waiting.Value.At >= QuarantinePace)
            queries.Add(QuarantinedSql, row => waiting = (now, row.GetInt64(0)));
        await queries.RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);

        quarantined = waiting;
        newestAlert = books.AlertPoints.LastOrDefault()?.CommittedAt ?? newestAlert;
        return new LiveReading(now, closed.All.Streamed + streamed.Streamed, readings, books, waiting?.Rows ?? 0);
    }

    private WindowReading AddWindow(QueryBatch queries, LiveWindow window, ClosedSums closed, DateTimeOffset now)
    {
        var (from, before) = window.BoundsAt(now, zone);
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

        AddTotals(queries, sums, from);
        queries.Add(Sql.Read("Live/Warehouse/window_categories.sql"),
            row => sums.AddCategory(row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetDecimal(3)), from.UtcDateTime);
        if (before is null)
            return new WindowReading(sums, null, null);

        var previous = new Sums();
        AddTotals(queries, previous, before.From, before.Edge.UtcDateTime, before.Share);
        return new WindowReading(sums, previous, before);
    }

    private static void AddTotals(QueryBatch queries, Sums sums, DateTimeOffset from) => AddTotals(queries, sums, from, Infinity, 1);

    private static void AddTotals(QueryBatch queries, Sums sums, DateTimeOffset from, DateTime edge, decimal share) =>
        queries.Add(Sql.Read("Live/Warehouse/window_totals.sql"),
            row => sums.Add(row.GetString(0), row.GetInt64(1), row.GetDecimal(2), row.GetInt64(3), streamed: true), from.UtcDateTime, edge, share);

    /// <summary>Npgsql writes it as PostgreSQL's <c>infinity</c>.</summary>
    private static readonly DateTime Infinity = DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc);
}

/// <param name="Streamed">Transactions that ever came by stream: the rate is its change.</param>
internal sealed record LiveReading(
    DateTimeOffset At, long Streamed, IReadOnlyDictionary<LiveWindow, WindowReading> Windows, Books Books, long Quarantined);

internal sealed record WindowReading(Sums Sums, Sums? Previous, PreviousBounds? PreviousBounds);
