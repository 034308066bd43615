using Fintech.Contracts;
using Npgsql;
using StackExchange.Redis;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>
/// Keeps a stream and its checkpoint in step. A healthy stream has lost exactly the entries that were read: right after trimming
/// it to the checkpoint, "entries added" minus "entries there" equals "entries read", whatever arrives meanwhile. Less means that
/// the stream was reset (flushed, or restored from an older copy); more, that entries left it unread.
/// </summary>
internal sealed partial class StreamKeeper(
    int partition, NpgsqlDataSource warehouse, IConnectionMultiplexer redis, StreamMetrics metrics, ILogger logger)
{
    private readonly string stream = StreamNames.Transactions(partition);

    /// <summary>How many entries had left the stream when it was last found in step; they can only become more.</summary>
    private long goneWhenSound;

    /// <param name="Added">Over the stream's lifetime.</param>
    private readonly record struct StreamState(long Added, long Length, EntryId LastGenerated)
    {
        public long Gone => Added - Length;
    }

    /// <summary>The committed position, made sure of: what the stream has lost since is noticed before anything is read.</summary>
    public async Task<Checkpoint> OpenAsync(CancellationToken cancellationToken)
    {
        var state = await LookAsync(cancellationToken);
        return await TendAsync(await Checkpoint.OpenAsync(warehouse, stream, state.Gone, cancellationToken), cancellationToken);
    }

    /// <returns>The checkpoint, corrected where the stream is not the one it was taken of.</returns>
    /// <exception cref="FencedException">Another owner moved the checkpoint.</exception>
    public async Task<Checkpoint> TendAsync(Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        var before = await LookAsync(cancellationToken);
        if (before.Added < checkpoint.EntriesRead || before.Gone < goneWhenSound || before.LastGenerated < checkpoint.LastEntry)
            return await RestartAsync(checkpoint, before, cancellationToken);

        await redis.GetDatabase().StreamTrimByMinIdAsync(stream, checkpoint.LastEntry.Next.ToString()).WaitAsync(cancellationToken);
        var state = await LookAsync(cancellationToken);
        goneWhenSound = state.Gone;
        if (state.Gone == checkpoint.EntriesRead)
            return checkpoint;

        var corrected = await checkpoint.CorrectAsync(warehouse, checkpoint.LastEntry, state.Gone, cancellationToken);
        metrics.Reset();
        if (state.Gone < checkpoint.EntriesRead)
        {
            LogReset(logger, stream, state.Added, checkpoint.EntriesRead, checkpoint.LastEntry);
        }
        else
        {
            metrics.Lost(state.Gone - checkpoint.EntriesRead);
            LogLost(logger, stream, state.Gone - checkpoint.EntriesRead, checkpoint.LastEntry);
        }

        return corrected;
    }

    /// <summary>
    /// Reads a stream that began anew from its very start, not from the old position: its server's clock may have gone back, so
    /// that new entries lie below. Whatever of it is in the warehouse already falls out as a duplicate.
    /// </summary>
    private async Task<Checkpoint> RestartAsync(Checkpoint checkpoint, StreamState state, CancellationToken cancellationToken)
    {
        var restarted = await checkpoint.CorrectAsync(warehouse, EntryId.Zero, state.Gone, cancellationToken);
        goneWhenSound = state.Gone;
        metrics.Reset();
        LogReset(logger, stream, state.Added, checkpoint.EntriesRead, checkpoint.LastEntry);
        return restarted;
    }

    private async Task<StreamState> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            var info = await redis.GetDatabase().StreamInfoAsync(stream).WaitAsync(cancellationToken);
            return info.EntriesAdded >= info.Length
                ? new(info.EntriesAdded, info.Length, EntryId.Parse((string)info.LastGeneratedId!))
                : throw new InvalidOperationException("This Redis does not count the entries added to a stream: Redis 7 is needed.");
        }
        catch (RedisServerException e) when (e.Message.Contains("no such key", StringComparison.OrdinalIgnoreCase))
        {
            return default;    // Nobody has added to it yet.
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message =
        "Stream {Stream} was reset: it says {Added} entries were added, {Read} were read up to {Entry}. What was in it unread is lost; "
        + "reading goes on with what is there")]
    private static partial void LogReset(ILogger logger, string stream, long added, long read, EntryId entry);

    [LoggerMessage(Level = LogLevel.Error, Message =
        "Stream {Stream} lost {Count} entries unread after {Entry}: something else trims it or deletes from it")]
    private static partial void LogLost(ILogger logger, string stream, long count, EntryId entry);
}
