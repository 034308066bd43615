using Fintech.Contracts;
using StackExchange.Redis;

namespace Fintech.Producer.Streams;

/// <summary>Adds entries to their streams, pipelined, each once.</summary>
internal sealed class EntryWriter(IConnectionMultiplexer redis, PublishTracing tracing, PublishMetrics metrics, TimeProvider time)
{
    private readonly IDatabase database = redis.GetDatabase();

    /// <summary>Takes out of the list what Redis confirmed, and returns why the rest was not; null where nothing is left.</summary>
    public async Task<Exception?> SendAsync(List<OutgoingEntry> entries, Action<OutgoingEntry>? confirmed, CancellationToken cancellationToken)
    {
        foreach (var entry in entries)
            entry.Activity ??= tracing.Start(entry);

        var started = time.GetTimestamp();
        var replies = entries.ConvertAll(AddAsync);
        Task all = Task.WhenAll(replies).WaitAsync(cancellationToken);
        await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        metrics.Sent(time.GetElapsedTime(started));

        Exception? failure = null;
        var index = 0;
        entries.RemoveAll(entry =>
        {
            var reply = replies[index++];
            if (!reply.IsCompletedSuccessfully)
            {
                failure ??= reply.Exception?.InnerException ?? new OperationCanceledException(cancellationToken);
                return false;
            }

            confirmed?.Invoke(entry);
            entry.Activity?.Dispose();
            return true;
        });

        cancellationToken.ThrowIfCancellationRequested();
        return failure;
    }

    /// <summary>Async for the sake of its exceptions: also those thrown before anything is sent belong to this entry's attempt.</summary>
    private async Task<RedisValue> AddAsync(OutgoingEntry entry)
    {
        var key = StreamNames.Transactions(entry.Partition);
        return entry.Activity is { Recorded: true, Id: { } traceparent }
            ? await database.StreamAddAsync(key, [new(StreamNames.PayloadField, entry.Payload), new(StreamNames.TraceField, traceparent)])
            : await database.StreamAddAsync(key, StreamNames.PayloadField, entry.Payload);
    }
}
