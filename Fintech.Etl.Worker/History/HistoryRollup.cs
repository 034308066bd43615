using System.Data;
using Fintech.Etl.Worker.Warehouse;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.History;

/// <summary>
/// Brings roll-ups up to date from the facts: in one snapshot with the marks they count, so that readers can tell whether they are good
/// (migration 0019, decision 012). Killed at any moment it leaves the roll-up before, which readers then may or may not use.
/// </summary>
internal sealed class HistoryRollup(NpgsqlDataSource warehouse, TimeProvider time)
{
    /// <summary>The same constant as in the trigger of migration 0019.</summary>
    private const long LockKey = 3_468_325;

    /// <summary>A month of tens of millions of facts takes minutes; it holds no lock that a writer of facts would wait for.</summary>
    private const int TimeoutSeconds = 3600;

    /// <returns>What is to be brought up to date, newest first.</returns>
    public async Task<IReadOnlyList<StaleSpan>> StaleAsync(CancellationToken cancellationToken)
    {
        await using var command = warehouse.CreateCommand(Sql.Read("History/Sql/stale.sql"));
        command.Parameters.Add(new() { Value = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime) });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var stale = new List<StaleSpan>();
        while (await reader.ReadAsync(cancellationToken))
            stale.Add(new(reader.GetString(0), reader.GetFieldValue<DateOnly>(1), reader.GetFieldValue<DateOnly>(2), reader.GetInt64(3)));
        return stale;
    }

    /// <returns>False where another worker is at it, or a merchant just gets another category: then it is tried at the next look.</returns>
    public async Task<bool> RollAsync(RollupWork work, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        if (!await LockAsync(connection, "select pg_try_advisory_lock($1)", cancellationToken))
            return false;
        try
        {
            // Not before the lock is held: the snapshot must see what its last holder committed.
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
            await ExecuteAsync(connection, "set local work_mem = '64MB'; set local jit = off; set local max_parallel_workers_per_gather = 0", [], cancellationToken);
            // Of a table that nobody has analysed yet the planner expects one row a month, and would look for each customer's first version among all of them.
            if (work.Unit == StaleSpan.Month)
                await ExecuteAsync(connection, "set local enable_nestloop = off", [], cancellationToken);
            foreach (var file in work.Unit switch { StaleSpan.Day => (string[])["roll_days"], StaleSpan.Month => ["roll_month", "pack_month"], _ => ["roll_customers"] })
                await ExecuteAsync(connection, Sql.Read($"History/Sql/{file}.sql"), Parameters(work), cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return true;
        }
        finally
        {
            // The pool resets a connection only when it is used again: until then the lock would stay.
            if (connection.State == ConnectionState.Open)
                await LockAsync(connection, "select pg_advisory_unlock($1)", CancellationToken.None);
        }
    }

    /// <summary>
    /// Autovacuum analyses partitions, never the table they make up: without its statistics the planner takes ranges of time for
    /// a few rows. Only the parent, by a sample of 30,000 rows, and only when a fifth of the facts came or went since.
    /// </summary>
    /// <returns>How many facts there are, where it was done.</returns>
    public async Task<long?> AnalyzeAsync(CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var ask = new NpgsqlCommand("""
            select n.facts
            from (select coalesce(sum(facts), 0)::bigint as facts from dw.history_span where unit = 'day') n, pg_class c
            where c.oid = 'dw.fact_transactions'::regclass and n.facts >= 10000 and abs(n.facts - greatest(c.reltuples, 0)) > 0.2 * n.facts
            """, connection);
        if (await ask.ExecuteScalarAsync(cancellationToken) is not long facts)
            return null;

        await using var analyze = new NpgsqlCommand("analyze only dw.fact_transactions", connection) { CommandTimeout = TimeoutSeconds };
        await analyze.ExecuteNonQueryAsync(cancellationToken);
        return facts;
    }

    private static NpgsqlParameter[] Parameters(RollupWork work)
    {
        var moments = new[] { work.Start, work.Until }.Select(day => new NpgsqlParameter { Value = day.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc), NpgsqlDbType = NpgsqlDbType.TimestampTz });
        return work.Unit switch
        {
            StaleSpan.Day => [new() { Value = work.Spans.Select(span => span.Start).ToArray() }, .. moments],
            StaleSpan.Month => [new() { Value = work.Start }, new() { Value = work.Until }, .. moments],
            _ => [new() { Value = work.Unit }, new() { Value = work.Start }, new() { Value = work.Until }],
        };
    }

    /// <summary>Statement by statement: several in one command would not share numbered parameters.</summary>
    private static async Task ExecuteAsync(NpgsqlConnection connection, string text, NpgsqlParameter[] parameters, CancellationToken cancellationToken)
    {
        foreach (var statement in text.Split(";\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = TimeoutSeconds };
            foreach (var parameter in parameters)
                command.Parameters.Add(parameter.Clone());

            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static async Task<bool> LockAsync(NpgsqlConnection connection, string statement, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(statement, connection) { Parameters = { new() { Value = LockKey } } };
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }
}
