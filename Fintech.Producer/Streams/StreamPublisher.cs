using System.Diagnostics;
using System.Threading.Channels;

namespace Fintech.Producer.Streams;

/// <summary>
/// Writes buffered transactions to their streams in batches, waiting at the ceiling. What Redis did not confirm is sent again, with
/// the same id, until it does: a confirmation lost on the way makes a second entry, which the worker recognises by its id.
/// </summary>
internal sealed partial class StreamPublisher(
    EntryWriter writer, StreamCeiling ceiling, PublishMetrics metrics, TimeProvider time, ILogger<StreamPublisher> logger)
{
    private const int BatchSize = 500;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    /// <summary>Runs until the buffer is complete and empty; cancelled before that, it leaves what Redis would not take.</summary>
    /// <param name="confirmed">Told of each entry that Redis has.</param>
    public async Task RunAsync(ChannelReader<OutgoingEntry> buffer, Action<OutgoingEntry>? confirmed, CancellationToken cancellationToken)
    {
        Activity.Current = null;    // Each traced entry is the root of its own trace.
        var batch = new List<OutgoingEntry>(BatchSize);

        while (await buffer.WaitToReadAsync(cancellationToken))
        {
            while (batch.Count < BatchSize && buffer.TryRead(out var entry))
                batch.Add(entry);

            var entered = await ceiling.EnterAsync(batch, cancellationToken);
            try
            {
                await PublishAsync(batch, confirmed, cancellationToken);
            }
            finally
            {
                ceiling.Settle(entered);
            }
        }
    }

    /// <summary>Returns with the batch empty. Only one batch is under way at a time, so that a retry does not overtake later entries.</summary>
    private async Task PublishAsync(List<OutgoingEntry> batch, Action<OutgoingEntry>? confirmed, CancellationToken cancellationToken)
    {
        var (size, delay) = (batch.Count, FirstDelay);

        while (await writer.SendAsync(batch, confirmed, cancellationToken) is { } failure)
        {
            LogRetry(failure, batch.Count, size, delay);

            // Jitter, so that many producers do not all come back at once to a Redis that has just started.
            await Task.Delay(delay * (0.75 + (Random.Shared.NextDouble() / 2)), time, cancellationToken);
            delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
            metrics.Retrying(batch.Count);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Redis did not confirm {Unconfirmed} of {Count} transactions; they are sent again in {Delay}")]
    private partial void LogRetry(Exception failure, int unconfirmed, int count, TimeSpan delay);
}
