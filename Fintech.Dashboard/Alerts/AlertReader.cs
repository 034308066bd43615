using System.Text.Json;
using Npgsql;

namespace Fintech.Dashboard.Alerts;

/// <summary>The list of alerts, page by page, and what changed in it since.</summary>
internal sealed class AlertReader(NpgsqlDataSource warehouse, TimeProvider time)
{
    /// <summary>Decisions are asked for again that far below the newest one known: identities are not committed in their order.</summary>
    private const int Overlap = 50;

    /// <param name="behind">The cursor of a page before; null from the start.</param>
    /// <returns>Null where the cursor is of another order, or none at all.</returns>
    public async Task<AlertPage?> ListAsync(AlertFilter filter, AlertOrder order, string? behind, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new("select max(committed_at) from dw.alert_state"), new() } };
        var command = batch.BatchCommands[1];
        var conditions = filter.Conditions(command.Parameters);
        if (behind is not null)
        {
            if (order.Behind(behind, command.Parameters) is not { } place)
                return null;
            conditions += $" and {place}";
        }

        command.Parameters.Add(new() { Value = limit + 1 });    // One more tells whether there is a next page.
        command.CommandText = ListSql(conditions, order, $"${command.Parameters.Count}");

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        DateTimeOffset? asOf = await reader.ReadAsync(cancellationToken) && !await reader.IsDBNullAsync(0, cancellationToken) ? Time(reader, 0) : null;
        await reader.NextResultAsync(cancellationToken);
        var rows = new List<(AlertRow Row, int Urgency)>(limit + 1);
        while (await reader.ReadAsync(cancellationToken))
            rows.Add((Row(reader), reader.GetInt32(22)));

        var more = rows.Count > limit;
        if (more)
            rows.RemoveAt(limit);
        return new AlertPage([.. rows.Select(row => row.Row)], more ? order.Cursor(rows[^1].Row, rows[^1].Urgency) : null, asOf);
    }

    /// <param name="asOf">As the list said it.</param>
    /// <param name="since">The newest disposition known.</param>
    public async Task<AlertChanges> ChangesAsync(AlertFilter filter, DateTimeOffset? asOf, long since, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        var counts = new NpgsqlBatchCommand();
        counts.CommandText = $"select s.status, count(*) from dw.alert_state s where {filter.Conditions(counts.Parameters, withState: false)} group by s.status";
        batch.BatchCommands.Add(counts);

        var added = new NpgsqlBatchCommand { Parameters = { new() { Value = (asOf ?? DateTimeOffset.MinValue).UtcDateTime } } };
        added.CommandText = $"select count(*) from dw.alert_state s where s.committed_at > $1 and {filter.Conditions(added.Parameters)}";
        batch.BatchCommands.Add(added);
        batch.BatchCommands.Add(new("select coalesce(max(disposition_id), 0) from dw.alert_disposition"));
        batch.BatchCommands.Add(new(Sql.Read("Alerts/decisions_since.sql")) { Parameters = { new() { Value = Math.Max(0, since - Overlap) } } });
        batch.BatchCommands.Add(new(Sql.Read("Alerts/claims.sql")));

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var perState = AlertFilter.AllStates.ToDictionary(state => state, _ => 0L);
        while (await reader.ReadAsync(cancellationToken))
            perState[reader.GetString(0)] = reader.GetInt64(1);
        var came = await NextNumberAsync();
        var newest = await NextNumberAsync();
        await reader.NextResultAsync(cancellationToken);
        var decisions = new List<StateChange>();
        while (await reader.ReadAsync(cancellationToken))
            decisions.Add(new(reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetString(3), reader.GetString(4), Time(reader, 5)));
        decisions.Reverse();
        await reader.NextResultAsync(cancellationToken);
        var claims = new List<ClaimedAlert>();
        while (await reader.ReadAsync(cancellationToken))
            claims.Add(new(reader.GetString(0), reader.GetString(1), new AlertClaim(reader.GetString(2), reader.GetGuid(3), Time(reader, 4), Time(reader, 5))));
        return new AlertChanges(time.GetUtcNow(), perState, came, newest, decisions, claims);

        async Task<long> NextNumberAsync()
        {
            await reader.NextResultAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            return reader.GetInt64(0);
        }
    }

    /// <summary>For the tab: no more is counted than is shown.</summary>
    public async Task<long> OpenAsync(int most, CancellationToken cancellationToken)
    {
        await using var command = warehouse.CreateCommand("select count(*) from (select from dw.alert_state where status = 'open' limit $1) as counted");
        command.Parameters.Add(new() { Value = most });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Rules of the newest versions, and all that alerts were raised by.</summary>
    public async Task<IReadOnlyList<string>> RulesAsync(CancellationToken cancellationToken)
    {
        await using var command = warehouse.CreateCommand("""
            select unnest(dw.rules_of(rules)) from (select rules from etl.rule_set order by version desc limit 20) as recent
            union
            select unnest(rules) from (select distinct rules from dw.alert_state) as alerted
            order by 1
            """);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rules = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
            rules.Add(reader.GetString(0));
        return rules;
    }

    public static string ListSql(string conditions, AlertOrder order, string limit) => Sql.Read("Alerts/list.sql")
        .Replace("{where}", conditions, StringComparison.Ordinal)
        .Replace("{order}", order.Clause, StringComparison.Ordinal)
        .Replace("{limit}", limit, StringComparison.Ordinal);

    public static AlertRow Row(NpgsqlDataReader reader) => new(
        reader.GetString(0), reader.GetString(1), Time(reader, 2), Time(reader, 3), reader.GetDecimal(4), reader.GetString(5), reader.GetString(6), reader.GetString(7),
        reader.GetInt64(8), reader.GetString(9), reader.GetInt32(10), reader.GetInt32(11), JsonElement.Parse(reader.GetString(12)), Text(reader, 13),
        reader.GetString(14), reader.IsDBNull(15) ? null : reader.GetInt64(15), Text(reader, 16), reader.IsDBNull(17) ? null : Time(reader, 17),
        reader.IsDBNull(18) ? null : new AlertClaim(reader.GetString(18), reader.GetGuid(19), Time(reader, 20), Time(reader, 21)));

    public static DateTimeOffset Time(NpgsqlDataReader reader, int column) => new(reader.GetDateTime(column), TimeSpan.Zero);

    public static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
