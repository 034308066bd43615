using Fintech.Contracts;
using Fintech.Etl.Worker.Scoring.State;
using Fintech.Etl.Worker.Streaming;
using Fintech.Etl.Worker.Warehouse;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Scoring;

/// <summary>A row of <c>etl.scoring_snapshot</c>.</summary>
/// <param name="State">Its blocks are read apart; null where they are of another format.</param>
internal sealed record StoredSnapshot(ScoringState? State, long Sequence, EntryId SavedAt, EntryId ReplayAfter, DateTime ReceivedFrom);

/// <summary>Where a loaded memory stands.</summary>
/// <param name="Sequence">Of the snapshot it came from; 0: there was none.</param>
/// <param name="SavedAt">Position of that snapshot; null: there was none.</param>
/// <param name="Newest">The newest entry that is part of it.</param>
/// <param name="Replayed">Facts applied on top of it, or those memory began with.</param>
internal sealed record LoadedState(ScoringState State, long Sequence, EntryId? SavedAt, EntryId Newest, long Replayed);

/// <summary>
/// Memory of one stream in the warehouse: a snapshot, and the facts that came since, which are kept anyway. These are replayed
/// rather than entries of the stream: what a Redis has lost in the meantime cannot be read there any more
/// (<c>docs/decisions/009-replay-from-facts.md</c>).
/// </summary>
internal sealed class SnapshotStore(int partition, int partitions, NpgsqlDataSource warehouse, FactTail tail, TimeProvider clock)
{
    private const int BlocksAtATime = 32;
    private const int TimeoutSeconds = 600;

    /// <summary>Clocks of workers may differ, by which entries are received whose ids are no times. What was received within it is read in vain, and a takeover waits for that.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(10);

    private readonly string stream = StreamNames.Transactions(partition);

    /// <summary>What was remembered when everything up to a checkpoint was committed.</summary>
    /// <exception cref="FencedException">The checkpoint is another by now.</exception>
    public async Task<LoadedState> LoadAsync(Checkpoint at, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        // One view of snapshot, blocks and checkpoint; and of the facts, where memory begins with them.
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        await using (var fence = new NpgsqlCommand("select last_entry from etl.stream_checkpoint where stream = $1", connection)
        {
            Parameters = { new() { Value = stream } }, CommandTimeout = WriterPatience.Seconds,
        })
        {
            if (await fence.ExecuteScalarAsync(cancellationToken) as string != at.LastEntry.ToString())
                throw new FencedException(at);
        }

        var stored = await ReadSnapshotAsync(connection, cancellationToken);
        if (stored is not { State: { } snapshot })
        {
            var sequence = stored?.Sequence ?? 0;
            var begun = new ScoringState();
            for (var block = 0; sequence > 0 && block < ScoringState.Blocks; block++)
                begun.Put(block, new StateBlock { IsChanged = true });    // Those of the other format are overwritten, all of them.
            return new(begun, sequence, null, at.LastEntry, await BeginAsync(connection, begun, cancellationToken));
        }

        await ReadBlocksAsync(connection, snapshot, [.. Enumerable.Range(0, ScoringState.Blocks)], cancellationToken);
        // A checkpoint below the snapshot belongs to a stream that was reset just now: all that came after the snapshot is of the old one.
        // So does one at the very beginning, before anything of this stream was committed, also where the snapshot is as young.
        var upTo = at.LastEntry < stored.SavedAt || at.LastEntry == EntryId.Zero ? new EntryId(ulong.MaxValue, ulong.MaxValue) : at.LastEntry;
        // Facts up to the checkpoint are there and stay what they are; whatever else happens from here on, the next claim is fenced by it.
        await transaction.CommitAsync(cancellationToken);
        // Most often nothing came since, and the tail of the facts need not be read.
        var facts = upTo > stored.ReplayAfter ? await tail.ReadAsync(connection, new(stream, stored.ReceivedFrom, stored.ReplayAfter, upTo), cancellationToken) : [];
        foreach (var fact in facts)
            snapshot.Add(fact.Input);
        return new(snapshot, stored.Sequence, stored.SavedAt, facts is [] ? stored.ReplayAfter : facts[^1].Entry, facts.Count);
    }

    /// <param name="sequence">Of the snapshot this memory came from, or that was saved last.</param>
    /// <param name="replayAfter">The newest entry that is part of it: the position, or in a stream that just began anew the last one of the old stream.</param>
    /// <returns>Bytes written.</returns>
    /// <exception cref="FencedException">Another owner works on the stream, or a customer was erased meanwhile.</exception>
    public async Task<long> SaveAsync(
        ScoringState state, Checkpoint at, long sequence, long erasedGeneration, EntryId replayAfter, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await WriterPatience.OfBatchesAsync(connection, cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var fence = new NpgsqlCommand(Sql.Read("Scoring/Sql/fence_snapshot.sql"), connection) { CommandTimeout = WriterPatience.Seconds })
        {
            fence.Parameters.Add(new() { Value = stream });
            fence.Parameters.Add(new() { Value = at.LastEntry.ToString() });
            fence.Parameters.Add(new() { Value = erasedGeneration });
            if (await fence.ExecuteNonQueryAsync(cancellationToken) == 0)
                throw new FencedException(at);
        }

        var now = clock.GetUtcNow().UtcDateTime;
        await using (var save = new NpgsqlCommand(Sql.Read("Scoring/Sql/save_snapshot.sql"), connection))
        {
            save.Parameters.AddRange((NpgsqlParameter[])
            [
                new() { Value = stream }, new() { Value = sequence + 1 }, new() { Value = ScoringState.Format }, new() { Value = at.LastEntry.ToString() },
                new() { Value = replayAfter.ToString() }, new() { Value = ReceivedFrom(replayAfter, now), NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = state.Currencies.All.ToArray() }, new() { Value = state.Categories.All.ToArray() },
                new() { Value = state.Customers }, new() { Value = now, NpgsqlDbType = NpgsqlDbType.TimestampTz },
            ]);
            if (await save.ExecuteNonQueryAsync(cancellationToken) == 0)
                throw new FencedException(at);
        }

        var bytes = 0L;
        var changed = Enumerable.Range(0, ScoringState.Blocks).Where(number => state.Block(number)?.IsChanged == true).ToList();
        foreach (var numbers in changed.Chunk(BlocksAtATime))
        {
            var contents = Array.ConvertAll(numbers, number => state.Block(number)!.Encode());
            bytes += contents.Sum(content => (long)content.Length);
            await using var blocks = new NpgsqlCommand(Sql.Read("Scoring/Sql/save_blocks.sql"), connection);
            blocks.Parameters.Add(new() { Value = stream });
            blocks.Parameters.Add(new() { Value = Array.ConvertAll(numbers, number => (short)number) });
            blocks.Parameters.Add(new() { Value = contents });
            await blocks.ExecuteNonQueryAsync(cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        foreach (var number in changed)
            state.Block(number)!.IsChanged = false;
        return bytes;
    }

    /// <summary>Entries that follow were received then or later: ids grow, and one that is no time is received when it is claimed.</summary>
    private static DateTime ReceivedFrom(EntryId position, DateTime now)
    {
        if (position == EntryId.Zero)
            return DateTime.SpecifyKind(DateTime.MinValue.AddYears(1999), DateTimeKind.Utc);
        var nowMilliseconds = (ulong)new DateTimeOffset(now).ToUnixTimeMilliseconds();
        return DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Min(position.Milliseconds, nowMilliseconds)).UtcDateTime - Slack;
    }

    /// <returns>Null where there is none yet.</returns>
    public async Task<StoredSnapshot?> ReadSnapshotAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "select format, currencies, categories, sequence, last_entry, replay_after, received_from from etl.scoring_snapshot where stream = $1", connection);
        command.Parameters.Add(new() { Value = stream });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return null;
        var state = reader.GetInt16(0) == ScoringState.Format
            ? new ScoringState(reader.GetFieldValue<string[]>(1), reader.GetFieldValue<string[]>(2))
            : null;
        return new(state, reader.GetInt64(3), EntryId.Parse(reader.GetString(4)), EntryId.Parse(reader.GetString(5)), reader.GetDateTime(6));
    }

    public async Task ReadBlocksAsync(NpgsqlConnection connection, ScoringState state, IReadOnlyList<int> numbers, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select block, content from etl.scoring_block where stream = $1 and block = any($2)", connection) { CommandTimeout = TimeoutSeconds };
        command.Parameters.Add(new() { Value = stream });
        command.Parameters.Add(new() { Value = numbers.Select(number => (short)number).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            state.Put(reader.GetInt16(0), StateBlock.Decode(reader.GetFieldValue<byte[]>(1)));
    }

    private async Task<long> BeginAsync(NpgsqlConnection connection, ScoringState state, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Sql.Read("Scoring/Sql/begin.sql"), connection) { CommandTimeout = TimeoutSeconds };
        command.Parameters.Add(new() { Value = (long)partition });
        command.Parameters.Add(new() { Value = (long)partitions });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var count = 0L;
        for (; await reader.ReadAsync(cancellationToken); count++)
            state.Add(FactReader.Input(reader, 0));
        return count;
    }
}
