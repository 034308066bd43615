using System.Data;
using Fintech.Contracts;
using Fintech.Etl.Worker.Scoring;
using Fintech.Etl.Worker.Scoring.State;
using Fintech.Etl.Worker.Warehouse;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Streaming;

/// <param name="Sample">Names a few of what drifted.</param>
internal sealed record LiveAuditResult(string Check, long Compared, long Drift, IReadOnlyList<string> Sample)
{
    public const string Minutes = "minutes";
    public const string Customers = "customers";
}

/// <summary>
/// Compares what is counted on the way with the facts, a sample at a time: the counters of a minute, and what scoring remembers of
/// the customers of some blocks, computed from an earlier snapshot and the facts since. The two ways share no memory.
/// </summary>
internal sealed class LiveAudit(NpgsqlDataSource warehouse, FactTail tail, IOptions<StreamOptions> options, TimeProvider clock)
{
    private const int BlocksRemembered = 8;
    private const int MostNamed = 10;
    private const int TimeoutSeconds = 120;

    /// <summary>What the dashboard shows live lies within.</summary>
    private static readonly TimeSpan Recent = TimeSpan.FromHours(1);

    private Earlier? earlier;

    /// <summary>Some blocks of a snapshot.</summary>
    private sealed record Earlier(int Partition, StoredSnapshot Snapshot, IReadOnlyList<int> Blocks, long ErasedGeneration, long Audited);

    /// <summary>One look; of customers only where a new snapshot is there to compare with.</summary>
    public async Task<IReadOnlyList<LiveAuditResult>> RunAsync(CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        var results = new List<LiveAuditResult>();
        await using (await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken))
        {
            results.Add(await MinuteAsync(connection, cancellationToken));
            if (earlier is null || await CustomersAsync(connection, earlier, results, cancellationToken))
                earlier = await RememberAsync(connection, Random.Shared.Next(options.Value.Partitions), cancellationToken);
        }

        foreach (var result in results)
            await RecordAsync(connection, result, cancellationToken);
        return results;
    }

    private async Task<LiveAuditResult> MinuteAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Sql.Read("Streaming/Sql/audit_minute.sql"), connection) { CommandTimeout = TimeoutSeconds };
        command.Parameters.Add(new() { Value = (clock.GetUtcNow() - Recent).UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        var (compared, drifted) = (0L, new List<string>());
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        for (; await reader.ReadAsync(cancellationToken); compared++)
        {
            if (reader.GetBoolean(1))
                drifted.Add(reader.GetString(0));
        }

        return new(LiveAuditResult.Minutes, compared, drifted.Count, [.. drifted.Take(MostNamed)]);
    }

    /// <returns>Whether there was something newer than what is remembered, so that something else may be remembered now.</returns>
    private async Task<bool> CustomersAsync(
        NpgsqlConnection connection, Earlier from, List<LiveAuditResult> results, CancellationToken cancellationToken)
    {
        var store = new SnapshotStore(from.Partition, options.Value.Partitions, warehouse, tail, clock);
        if (await store.ReadSnapshotAsync(connection, cancellationToken) is not { State: { } stored } now)
            return true;
        if (now.Sequence == from.Snapshot.Sequence)
            return false;
        // Erased people were taken out of the one and not of the other; a stream that began anew has no position to compare by.
        if (await ErasedGenerationAsync(connection, cancellationToken) != from.ErasedGeneration || now.ReplayAfter < from.Snapshot.ReplayAfter)
            return true;
        // A repair took facts away, and what was remembered of them stays: nothing that could be compared.
        if (await AnswerAsync<bool>(connection, $"select exists (select from etl.audit where audit_id > {from.Audited} and action = 'audit.correct')", cancellationToken))
            return true;

        // Numbers of names only grow, so the newer names serve both.
        var computed = new ScoringState(stored.Currencies.All, stored.Categories.All);
        foreach (var block in from.Blocks)
        {
            if (from.Snapshot.State!.Block(block) is { } known)
                computed.Put(block, known);
        }

        var since = new TailRange(StreamNames.Transactions(from.Partition), from.Snapshot.ReceivedFrom, from.Snapshot.ReplayAfter, now.ReplayAfter);
        foreach (var fact in (await FactTail.ReadAsync(connection, [since], cancellationToken))[0])
            computed.Add(fact.Input);

        await store.ReadBlocksAsync(connection, stored, from.Blocks, cancellationToken);
        var (compared, drift, drifted) = (0L, 0L, new List<string>());
        foreach (var number in from.Blocks)
        {
            var (live, facts) = (stored.Block(number) ?? new StateBlock(), computed.Block(number) ?? new StateBlock());
            var found = live.Differing(facts).LongCount();
            compared += live.Customers.Union(facts.Customers).LongCount();
            drift += found;
            if (found > 0)
                drifted.Add($"{StreamNames.Transactions(from.Partition)} block {number}");
        }

        results.Add(new(LiveAuditResult.Customers, compared, drift, drifted));
        return true;
    }

    private async Task<Earlier?> RememberAsync(NpgsqlConnection connection, int partition, CancellationToken cancellationToken)
    {
        var store = new SnapshotStore(partition, options.Value.Partitions, warehouse, tail, clock);
        if (await store.ReadSnapshotAsync(connection, cancellationToken) is not { State: { } state } snapshot)
            return null;
        var blocks = Enumerable.Range(0, ScoringState.Blocks).ToArray();
        Random.Shared.Shuffle(blocks);
        blocks = blocks[..BlocksRemembered];
        await store.ReadBlocksAsync(connection, state, blocks, cancellationToken);
        return new(
            partition, snapshot, blocks, await ErasedGenerationAsync(connection, cancellationToken),
            await AnswerAsync<long>(connection, "select coalesce(max(audit_id), 0) from etl.audit", cancellationToken));
    }

    private static Task<long> ErasedGenerationAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        AnswerAsync<long>(connection, "select coalesce(max(erasure_id), 0) from etl.erased_subject", cancellationToken);

    private static async Task<T> AnswerAsync<T>(NpgsqlConnection connection, string question, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(question, connection);
        return (T)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private async Task RecordAsync(NpgsqlConnection connection, LiveAuditResult result, CancellationToken cancellationToken)
    {
        await using var record = new NpgsqlCommand(Sql.Read("Streaming/Sql/record_live_audit.sql"), connection);
        record.Parameters.Add(new() { Value = result.Check });
        record.Parameters.Add(new() { Value = clock.GetUtcNow().UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        record.Parameters.Add(new() { Value = result.Compared });
        record.Parameters.Add(new() { Value = result.Drift });
        record.Parameters.Add(new() { Value = result.Sample.ToArray() });
        await record.ExecuteNonQueryAsync(cancellationToken);
    }
}
