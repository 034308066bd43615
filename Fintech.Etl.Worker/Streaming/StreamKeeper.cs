using Fintech.Contracts;
using Npgsql;
using StackExchange.Redis;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>
/// Keeps a stream and its checkpoint in step, and notices what a Redis that was flushed, failed over to an older replica or restored
/// from an older file has lost, also when new entries have arrived since:
/// <list type="bullet">
/// <item>another epoch, or none, is another stream under the same name;</item>
/// <item>an entry that was read and not trimmed, or seen and not yet read, is there; where not, the stream is an older copy;</item>
/// <item>right after trimming it to the checkpoint, "entries added" minus "entries there" equals "entries read".</item>
/// </list>
/// Reading goes on with what is there. Whatever of it is in the warehouse already falls out as a duplicate.
/// </summary>
internal sealed partial class StreamKeeper(
    int partition, NpgsqlDataSource warehouse, IConnectionMultiplexer redis, StreamMetrics metrics, ILogger logger)
{
    private readonly RedisStream stream = new(partition, redis);
    private readonly StreamBook book = new(StreamNames.Transactions(partition), warehouse);

    private Sighting seen;

    /// <summary>How many entries had left the stream when it was last found in step; they can only become more.</summary>
    private long goneWhenSound;

    /// <summary>Nothing above this was trimmed by us; null before the first look, when nobody knows.</summary>
    private EntryId? trimmedUpTo;

    /// <summary>The committed position, made sure of: what the stream has lost since is noticed before anything is read.</summary>
    public async Task<Checkpoint> OpenAsync(CancellationToken cancellationToken)
    {
        if (await Predecessor.EndAsync(warehouse, partition, cancellationToken) is > 0 and var ended)
            LogEnded(logger, stream.Name, ended);
        var state = await stream.LookAsync(withEpoch: false, cancellationToken);
        var checkpoint = await Checkpoint.OpenAsync(warehouse, stream.Name, state.Gone, cancellationToken);
        // Of what this owner saw and what the books say, the later one: another owner may have had the partition in between.
        var booked = await book.ReadAsync(cancellationToken);
        if (booked.Epoch != seen.Epoch || booked.Added > seen.Added)
            seen = booked;
        trimmedUpTo = null;
        return await TendAsync(checkpoint, cancellationToken);
    }

    /// <returns>The checkpoint, corrected where the stream is not the one it was taken of.</returns>
    /// <exception cref="FencedException">Another owner moved the checkpoint.</exception>
    public async Task<Checkpoint> TendAsync(Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        var before = await stream.LookAsync(withEpoch: true, cancellationToken);
        if (before.Epoch is null)
            before = before with { Epoch = await stream.MarkAsync(cancellationToken) };
        if (seen.Epoch is { } epoch && epoch != before.Epoch)
            return await RestartAsync("reset", checkpoint, before, cancellationToken);
        if (await IsOlderAsync(checkpoint, before, cancellationToken))
            return await RestartAsync("older-copy", checkpoint, before, cancellationToken);
        if (await UnreadMissingAsync(checkpoint, cancellationToken) is > 0 and var missing)
            return await SettleAsync(checkpoint, checkpoint.LastEntry, checkpoint.EntriesRead, new("older-copy", before.Added, missing), before, cancellationToken);

        await stream.TrimAsync(checkpoint.LastEntry, cancellationToken);
        trimmedUpTo = checkpoint.LastEntry;
        var state = await stream.LookAsync(withEpoch: false, cancellationToken) with { Epoch = before.Epoch };

        if (state.Gone > checkpoint.EntriesRead)
            return await SettleAsync(
                checkpoint, checkpoint.LastEntry, state.Gone, new("removed", state.Added, state.Gone - checkpoint.EntriesRead), state, cancellationToken);
        if (state.Gone < checkpoint.EntriesRead)
            return await SettleAsync(checkpoint, checkpoint.LastEntry, state.Gone, new("reset", state.Added, 0), state, cancellationToken);

        var (known, now) = (seen, new Sighting(state.Epoch, state.Added, state.LastGenerated));
        if (known != now)
            await book.SaveAsync(checkpoint, now, cancellationToken);
        (seen, goneWhenSound) = (now, state.Gone);
        return checkpoint;
    }

    /// <returns>False where the stream does not look like the one it was, and has to be tended.</returns>
    public async Task<bool> WatchAsync(Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        var state = await stream.LookAsync(withEpoch: false, cancellationToken);
        if (state.Added < seen.Added || await IsOlderAsync(checkpoint, state, cancellationToken) || await UnreadMissingAsync(checkpoint, cancellationToken) > 0)
            return false;

        seen = seen with { Added = state.Added, Last = state.LastGenerated };
        return true;
    }

    /// <summary>
    /// Whether entries that were just read go past the newest one seen, and yet not all that were seen are among them: some are gone, and the
    /// stream has to be tended before these are taken. The second's look may come too late for that. It costs no question to the server.
    /// </summary>
    public bool AreShort(Checkpoint checkpoint, StreamEntry[] entries)
    {
        if (seen.Added <= checkpoint.EntriesRead || EntryId.Of(entries[^1]) < seen.Last)
            return false;

        var expected = seen.Added - checkpoint.EntriesRead;
        return expected > entries.Length || expected > entries.LongCount(entry => !(EntryId.Of(entry) > seen.Last));
    }

    /// <summary>
    /// Entries that were read are not in it as they should be. What the copy lost was read, or lies after what was read and is lost
    /// as well; its clock may be behind ours, so that new entries lie below the position: it has to be read from its start.
    /// </summary>
    private async Task<bool> IsOlderAsync(Checkpoint checkpoint, StreamState state, CancellationToken cancellationToken)
    {
        if (state.Added < checkpoint.EntriesRead || state.Gone < goneWhenSound || state.LastGenerated < checkpoint.LastEntry)
            return true;

        // Where as many are gone as were read, ours or somebody else's trimming took the entry.
        var mustBeThere = state.Gone < checkpoint.EntriesRead && (trimmedUpTo is not { } trimmed || trimmed < checkpoint.LastEntry);
        return mustBeThere && !await stream.HoldsAsync(checkpoint.LastEntry, cancellationToken);
    }

    /// <summary>How many of the entries seen after the position are not there any more.</summary>
    private async Task<long> UnreadMissingAsync(Checkpoint checkpoint, CancellationToken cancellationToken) =>
        seen.Last > checkpoint.LastEntry && seen.Added > checkpoint.EntriesRead && !await stream.HoldsAsync(seen.Last, cancellationToken)
            ? Math.Max(0, seen.Added - checkpoint.EntriesRead - await stream.CountAsync(checkpoint.LastEntry, seen.Last, cancellationToken))
            : 0;

    private async Task<Checkpoint> RestartAsync(string kind, Checkpoint checkpoint, StreamState state, CancellationToken cancellationToken)
    {
        var missing = await UnreadMissingAsync(checkpoint, cancellationToken);
        return await SettleAsync(checkpoint, EntryId.Zero, state.Gone, new(kind, state.Added, missing), state, cancellationToken);
    }

    private async Task<Checkpoint> SettleAsync(
        Checkpoint checkpoint, EntryId to, long entriesRead, StreamLoss loss, StreamState state, CancellationToken cancellationToken)
    {
        var now = new Sighting(state.Epoch, state.Added, state.LastGenerated);
        var settled = await book.SettleAsync(checkpoint, to, entriesRead, loss, now, cancellationToken);
        (seen, goneWhenSound) = (now, state.Gone);
        if (to == EntryId.Zero)
            trimmedUpTo = null;
        metrics.Reset();
        if (loss.Missing > 0)
            metrics.Lost(loss.Missing);
        LogLoss(logger, stream.Name, loss.Kind, loss.Missing, loss.Added, checkpoint.EntriesRead, checkpoint.LastEntry);
        return settled;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Ended} transactions of a worker that had fallen silent while it wrote to {Stream} were ended, and rolled back")]
    private static partial void LogEnded(ILogger logger, string stream, int ended);

    [LoggerMessage(Level = LogLevel.Error, Message =
        "Stream {Stream} is not what it was ({Kind}): {Missing} entries that were in it are lost unread. It says {Added} entries were added, "
        + "{Read} were read up to {Entry}; reading goes on with what is there")]
    private static partial void LogLoss(ILogger logger, string stream, string kind, long missing, long added, long read, EntryId entry);
}
