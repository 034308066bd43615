using System.Threading.Channels;
using Fintech.Contracts;
using Fintech.Producer.Simulation;
using Fintech.Producer.Streams;
using Microsoft.Extensions.Options;

namespace Fintech.Producer.Live;

/// <summary>Makes transactions at the configured rate. Where the buffer is full it waits: nothing it has made is ever dropped.</summary>
internal sealed class EventGenerator(
    World world, Ledger ledger, IOptions<LiveOptions> options, IOptions<StreamOptions> streams, TimeProvider time)
{
    private readonly Purchases purchases = new(world, new Random());

    /// <summary>Runs until cancelled or <see cref="LiveOptions.Limit"/> is reached, then completes the buffer.</summary>
    public async Task RunAsync(ChannelWriter<OutgoingEntry> buffer, CancellationToken cancellationToken)
    {
        var pacer = new Pacer(options.Value.Rate, time);
        var left = options.Value.Limit ?? long.MaxValue;

        try
        {
            while (left > 0)
            {
                for (var due = Math.Min(await pacer.WaitAsync(cancellationToken), left); due > 0; due--, left--)
                {
                    // The only writer: where there is room now, there is room for this entry. Made only once there is,
                    // so that its time is not that of a full buffer.
                    await buffer.WaitToWriteAsync(cancellationToken);
                    ledger.Generate();
                    buffer.TryWrite(Next());
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopping: what is in the buffer is still published.
        }
        finally
        {
            buffer.Complete();
        }
    }

    private OutgoingEntry Next()
    {
        var now = WholeMillisecond(time.GetUtcNow());
        var purchase = purchases.Next(now.UtcDateTime);

        var transaction = new TransactionEvent
        {
            // Unique across restarts and processes, and in order of time.
            TransactionId = Guid.CreateVersion7(now).ToString(),
            CustomerId = purchase.CustomerId,
            Amount = purchase.Amount,
            MerchantName = purchase.Merchant,
            Timestamp = now,
        };

        return OutgoingEntry.Of(transaction, streams.Value.Partitions);
    }

    /// <summary>What card systems send, and what every store on the way keeps unrounded.</summary>
    private static DateTimeOffset WholeMillisecond(DateTimeOffset moment) => moment.AddTicks(-(moment.Ticks % TimeSpan.TicksPerMillisecond));
}
