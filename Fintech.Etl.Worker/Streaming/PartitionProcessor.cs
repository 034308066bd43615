using Fintech.Contracts;
using Fintech.Etl.Worker.Scoring;
using Microsoft.Extensions.Options;
using Npgsql;
using StackExchange.Redis;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>
/// Carries one partition from its stream into the warehouse, exactly once in effect: it reads from its checkpoint and moves it
/// in the transaction of the data. Its memory (position, connection, current members) mirrors what is committed; after any failure
/// it is thrown away and built anew from the database, since nobody can tell whether a commit that failed came through.
/// </summary>
internal sealed partial class PartitionProcessor(
    int partition,
    long loadId,
    StreamCounters counters,
    NpgsqlDataSource warehouse,
    IConnectionMultiplexer redis,
    EventReader reader,
    RuleSetStore rules,
    Scorers scorers,
    StreamMetrics metrics,
    IOptions<StreamOptions> options,
    TimeProvider clock,
    ILogger<PartitionProcessor> logger) : IAsyncDisposable
{
    private readonly string stream = StreamNames.Transactions(partition);
    private readonly StreamKeeper keeper = new(partition, warehouse, redis, metrics, logger);

    private readonly PartitionScorer scorer = scorers.For(partition);

    private readonly ReadSize size = new(options.Value.BatchSize);

    private Checkpoint? checkpoint;
    private NpgsqlConnection? connection;
    private Claims? claims;
    private RecentEvents recent = new();

    /// <summary>There was as much as was asked for, so there is most likely more.</summary>
    public bool HasMore { get; private set; }

    /// <summary>It has caught up, and would have to replay much once more if it failed now.</summary>
    public bool OwesSnapshot => !HasMore && scorer.OwesSnapshot;

    /// <summary>Reads what follows the checkpoint, at most one batch, and commits it.</summary>
    /// <returns>How many entries that were.</returns>
    /// <exception cref="FencedException">Another owner works on the partition.</exception>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        try
        {
            var from = checkpoint ??= await keeper.OpenAsync(cancellationToken);
            var stages = metrics.Stages(clock);
            var entries = await ReadAsync(from, cancellationToken);
            if (entries.Length > 0 && keeper.AreShort(from, entries))
            {
                await TendAsync(cancellationToken);
                from = checkpoint!;
                entries = await ReadAsync(from, cancellationToken);
            }

            if (entries.Length > 0)
                await ProcessAsync(from, entries, stages, cancellationToken);
            return entries.Length;
        }
        catch (Exception e) when (e is FencedException or PostgresException { SqlState: PostgresErrorCodes.NotNullViolation })
        {
            // The fence; or behind it, in the same round trip, a claim whose member is not there any more.
            await ForgetAsync();
            if (!await reader.RefreshErasedAsync(warehouse, cancellationToken))
                throw;
        }
        catch
        {
            size.Failed();
            await ForgetAsync();
            throw;
        }

        // A customer was erased meanwhile: the same entries once more, without the person.
        return await RunOnceAsync(cancellationToken);
    }

    /// <summary>Trims the stream up to the checkpoint, and looks whether it still is what the checkpoint was taken of.</summary>
    public async Task TendAsync(CancellationToken cancellationToken)
    {
        try
        {
            checkpoint = await keeper.TendAsync(
                checkpoint ?? await keeper.OpenAsync(cancellationToken), cancellationToken);
            await scorer.SnapshotAsync(checkpoint, cancellationToken);
        }
        catch
        {
            await ForgetAsync();
            throw;
        }
    }

    /// <summary>Looks at the stream, and more closely where it is not what it was.</summary>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        if (checkpoint is { } known && !await keeper.WatchAsync(known, cancellationToken))
            await TendAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync() => await ForgetAsync();

    private async Task<StreamEntry[]> ReadAsync(Checkpoint from, CancellationToken cancellationToken)
    {
        var asked = size.Next;
        var entries = await redis.GetDatabase().StreamReadAsync(stream, from.LastEntry.ToString(), asked).WaitAsync(cancellationToken);
        size.Read(entries);
        HasMore = entries.Length == asked;
        return entries;
    }

    private async Task ProcessAsync(Checkpoint from, StreamEntry[] entries, BatchStages stages, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        stages.Done(BatchStages.Read);
        using var trace = BatchTrace.Start(stream, entries.Length, clock.GetUtcNow());
        if (connection is null)
        {
            await reader.RefreshErasedAsync(warehouse, cancellationToken);
            connection = await BatchTransaction.OpenConnectionAsync(warehouse, cancellationToken);
            claims = new Claims(connection, partition, loadId);
        }

        var erased = reader.ErasedGeneration;   // Before the events are read: a later one would let an older reading pass.
        var batch = MicroBatch.Read(entries, reader, recent);
        stages.Done(BatchStages.Parse);
        var ruleSet = await rules.CurrentAsync(cancellationToken);

        await scorer.OpenAsync(from, erased, cancellationToken);
        await using var claim = await claims!.ClaimAsync(from, batch, erased, cancellationToken);
        var (transaction, next, claimed) = claim;
        var known = await transaction.ReadKnownAsync(batch, claimed, cancellationToken);
        var settled = batch.Settle(claimed, known, reader);
        stages.Done(BatchStages.Claim);

        var scoredAt = clock.GetUtcNow();
        var scored = scorer.Score(claimed, ruleSet);
        trace.Scored(scored);
        stages.Done(BatchStages.Score);

        await transaction.RecordAsync(
            stream, scored, [.. settled.Conflicts, .. settled.Invalid], ruleSet.Version, scorer.Counts(), scoredAt, clock.GetUtcNow(), cancellationToken);
        stages.Done(BatchStages.Record);
        await transaction.CommitAsync(cancellationToken);
        var committedAt = clock.GetUtcNow();    // What is written inside of the transaction cannot know it.
        stages.Done(BatchStages.Commit);

        checkpoint = next;
        recent.Add(settled);
        scorer.Committed(next);
        trace.Committed();
        counters.Add(settled);
        metrics.Batch(settled, scored, clock.GetElapsedTime(began), committedAt);
        await RingAsync(Doorbell.Entry(partition, batch, scored, trace.Traceparents, committedAt));
        stages.Done(BatchStages.Feed);
    }

    private async Task RingAsync(FeedEntry entry)
    {
        try
        {
            await Doorbell.RingAsync(redis.GetDatabase(), entry);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            LogBellLost(logger, e, stream, entry.To);
        }
    }

    private async Task ForgetAsync()
    {
        checkpoint = null;
        claims = null;
        recent = new();
        scorer.Forget();
        if (connection is { } used)
        {
            connection = null;
            await used.DisposeAsync();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The feed was not told that {Stream} is committed up to {Entry}")]
    private static partial void LogBellLost(ILogger logger, Exception exception, string stream, string entry);
}
