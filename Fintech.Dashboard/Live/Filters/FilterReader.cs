using System.Data;
using Fintech.Dashboard.Live.Warehouse;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Dashboard.Live.Filters;

/// <summary>Asks the facts what a filter lets through, within bounds of time and of one core.</summary>
internal sealed class FilterReader(NpgsqlDataSource warehouse)
{
    /// <summary>An alert list of a filter is of the newest so many alerts.</summary>
    private const int AlertsLookedThrough = 20_000;

    private const string Bounds = "set local statement_timeout = '3s'; set local max_parallel_workers_per_gather = 0";

    /// <summary>A commit may become visible later than another that carries a later time.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(10);

    /// <summary>Rows and alerts that are new, into what the entry remembers.</summary>
    public async Task ReadRowsAsync(FilterEntry entry, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var transaction = await BeginAsync(connection, cancellationToken);
        var members = await MembersAsync(connection, entry.Filter, cancellationToken);
        if (entry.RowsUpTo is null)
            entry.Reach(await CountsAsync(connection, now - PointRing.Span, cancellationToken), now);
        var since = entry.RowsUpTo is { } read && now - read < PointRing.Span ? read - Overlap : now - entry.RowsReach;
        var sampled = Math.Max(20, (int)((now - since).TotalSeconds * PointRing.MaxSamples / PointRing.Span.TotalSeconds));

        if (!entry.Filter.OnlyAlerts)
        {
            await using var rows = Command(connection, "filtered_rows", [Time(since), .. Parameters(entry.Filter, members), new() { Value = sampled }]);
            await using var reader = await rows.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                entry.Rows.Add(reader, now);
        }

        var alerts = new List<AlertItem>();
        await using (var command = Command(connection, "filtered_alerts", [.. Parameters(entry.Filter, members), new() { Value = AlertsLookedThrough }]))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                var alert = Books.Alert(reader);
                alerts.Add(alert);
                entry.Rows.AddAlert(alert, reader.GetFieldValue<DateTimeOffset>(14), now);
            }
        }

        await transaction.CommitAsync(cancellationToken);
        entry.RowsUpTo = now;
        entry.Rows.Settle(alerts, entry.Filter.OnlyAlerts, now);
    }

    /// <returns>Whether there is more to read of the stretch that was asked for.</returns>
    public async Task<bool> ReadMinutesAsync(FilterEntry entry, DateTimeOffset from, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var transaction = await BeginAsync(connection, cancellationToken);
        var counts = await CountsAsync(connection, from, cancellationToken);
        if (entry.Minutes.Choose(counts, from, now) is not { } stretch)
        {
            entry.Rate.Quiet(now);
            return false;
        }

        var members = await MembersAsync(connection, entry.Filter, cancellationToken);
        NpgsqlParameter[] parameters =
            [Time(stretch.From), Time(stretch.To), .. Parameters(entry.Filter, members), Time(now - FilterRate.Span)];
        var read = new List<(DateTimeOffset Minute, MerchantSums Sums)>();
        var latest = 0L;
        if (!entry.Filter.OnlyAlerts)
            latest += await AddAsync("fact_minutes", (row, transactions, amount) => row with { Transactions = transactions, Amount = amount });
        if (!entry.Filter.IsNone)
        {
            var alerting = await AddAsync("alert_minutes", (row, alerts, amount) => entry.Filter.OnlyAlerts
                ? row with { Transactions = alerts, Amount = amount, Alerts = alerts }
                : row with { Alerts = alerts });
            latest += entry.Filter.OnlyAlerts ? alerting : 0;
        }

        await transaction.CommitAsync(cancellationToken);
        entry.Minutes.Keep(stretch.From, stretch.To, read.ToLookup(part => part.Minute, part => part.Sums));
        if (stretch.To > now)
            entry.Rate.Counted(latest, stretch.From, now);
        return stretch.From > from;

        async Task<long> AddAsync(string sql, Func<MerchantSums, long, decimal, MerchantSums> fill)
        {
            var fresh = 0L;
            await using var command = Command(connection, sql, [.. parameters.Select(parameter => parameter.Clone())]);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                var row = new MerchantSums(reader.GetString(1), reader.GetString(2), reader.GetString(3), 0, 0, 0);
                read.Add((reader.GetFieldValue<DateTimeOffset>(0), fill(row, reader.GetInt64(4), reader.GetDecimal(5))));
                fresh += reader.GetInt64(6);
            }

            return fresh;
        }
    }

    private static async Task<Dictionary<DateTimeOffset, MinuteCounts>> CountsAsync(
        NpgsqlConnection connection, DateTimeOffset from, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<DateTimeOffset, MinuteCounts>();
        await using var command = Command(connection, "minute_counts", Time(from));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            counts[reader.GetFieldValue<DateTimeOffset>(0)] = new(reader.GetInt64(1), reader.GetInt64(2));
        return counts;
    }

    private static async Task<NpgsqlTransaction> BeginAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await using var bounds = new NpgsqlCommand(Bounds, connection);
        await bounds.ExecuteNonQueryAsync(cancellationToken);
        return transaction;
    }

    private static async Task<(long[]? Merchants, long[]? Customers)> MembersAsync(
        NpgsqlConnection connection, LiveFilter filter, CancellationToken cancellationToken)
    {
        if (filter.Categories.Count == 0 && filter.Merchants.Count == 0 && filter.Customers.Count == 0)
            return (null, null);

        await using var command = Command(
            connection, "filter_members", Texts(filter.Categories), Texts(filter.Merchants), Keys(filter.Customers.Count == 0 ? null : [.. filter.Customers]));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.IsDBNull(0) ? null : reader.GetFieldValue<long[]>(0), reader.IsDBNull(1) ? null : reader.GetFieldValue<long[]>(1));
    }

    private static NpgsqlParameter[] Parameters(LiveFilter filter, (long[]? Merchants, long[]? Customers) members) =>
    [
        Keys(members.Merchants), Keys(members.Customers),
        new() { Value = (object?)filter.AtLeast ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Numeric },
        new() { Value = (object?)filter.AtMost ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Numeric },
    ];

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlCommand(Sql.Read($"Live/Filters/{sql}.sql"), connection);
        command.Parameters.AddRange(parameters);
        return command;
    }

    private static NpgsqlParameter Time(DateTimeOffset moment) => new() { Value = moment.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    private static NpgsqlParameter Texts(IReadOnlyList<string> names) =>
        new() { Value = names.Count == 0 ? DBNull.Value : names.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    private static NpgsqlParameter Keys(long[]? keys) =>
        new() { Value = (object?)keys ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint };
}
