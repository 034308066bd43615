using System.Threading.Channels;
using Fintech.Contracts;
using StackExchange.Redis;

namespace Fintech.Producer.Live;

/// <summary>
/// Writes buffered transactions to their streams, pipelined in batches. What Redis did not confirm is sent again, with
/// the same id, until it does: a confirmation lost on the way makes a second entry, which the worker recognises by its id.
/// </summary>
internal sealed partial class StreamPublisher(
    IConnectionMultiplexer redis, Ledger ledger, PublishTracing tracing, PublishMetrics metrics, TimeProvider time, ILogger<StreamPublisher> logger)
{
    private const int BatchSize = 500;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    private readonly IDatabase database = redis.GetDatabase();

    /// <summary>Runs until the buffer is complete and empty; cancelled before that, it leaves what Redis would not take.</summary>
    public async Task RunAsync(ChannelReader<StreamEntry> buffer, CancellationToken cancellationToken)
    {
        var batch = new List<StreamEntry>(BatchSize);

        while (await buffer.WaitToReadAsync(cancellationToken))
        {
            while (batch.Count < BatchSize && buffer.TryRead(out var entry))
            {
                entry.Activity = tracing.Start(entry);
                batch.Add(entry);
            }

            await PublishAsync(batch, cancellationToken);
        }
    }

    /// <summary>Returns with the batch empty. Only one batch is under way at a time, so that a retry does not overtake later entries.</summary>
    private async Task PublishAsync(List<StreamEntry> batch, CancellationToken cancellationToken)
    {
        var (size, delay) = (batch.Count, FirstDelay);

        while (await SendAsync(batch, cancellationToken) is { } failure)
        {
            LogRetry(failure, batch.Count, size, delay);

            // Jitter, so that many producers do not all come back at once to a Redis that has just started.
            await Task.Delay(delay * (0.75 + (Random.Shared.NextDouble() / 2)), time, cancellationToken);
            delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
            metrics.Retrying(batch.Count);
        }
    }

    /// <summary>Sends the batch once, takes out of it what was confirmed, and returns why the rest was not.</summary>
    private async Task<Exception?> SendAsync(List<StreamEntry> batch, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var replies = batch.ConvertAll(AddAsync);
        Task confirmed = Task.WhenAll(replies).WaitAsync(cancellationToken);
        await confirmed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        metrics.Sent(time.GetElapsedTime(started));

        Exception? failure = null;
        var index = 0;
        batch.RemoveAll(entry =>
        {
            var reply = replies[index++];
            if (!reply.IsCompletedSuccessfully)
            {
                failure ??= reply.Exception?.InnerException ?? new OperationCanceledException(cancellationToken);
                return false;
            }

            ledger.Acknowledge(entry.Amount);
            entry.Activity?.Dispose();
            return true;
        });

        cancellationToken.ThrowIfCancellationRequested();
        return failure;
    }

    /// <summary>Async for the sake of its exceptions: also those thrown before anything is sent belong to this entry's attempt.</summary>
    private async Task<RedisValue> AddAsync(StreamEntry entry)
    {
        var key = StreamNames.Transactions(entry.Partition);
        return entry.Activity is { Recorded: true, Id: { } traceparent }
            ? await database.StreamAddAsync(key, [new(StreamNames.PayloadField, entry.Payload), new(StreamNames.TraceField, traceparent)])
            : await database.StreamAddAsync(key, StreamNames.PayloadField, entry.Payload);
    }

    [LoggerMessage(LogLevel.Warning, "Redis did not confirm {Unconfirmed} of {Count} transactions; they are sent again in {Delay}")]
    private partial void LogRetry(Exception failure, int unconfirmed, int count, TimeSpan delay);
}
