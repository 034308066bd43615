using System.Globalization;
using System.Threading.Channels;
using Fintech.Producer.Streams;
using Microsoft.Extensions.Options;

namespace Fintech.Producer.Live;

/// <summary>Runs generator and publisher with a bounded buffer between them, and at the end gives the buffer time to empty.</summary>
internal sealed partial class LiveService(
    EventGenerator generator, StreamPublisher publisher, Ledger ledger, LiveMetrics metrics, IOptions<LiveOptions> options, TimeProvider time, ILogger<LiveService> logger)
    : BackgroundService
{
    private const int BufferSize = 10_000;
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        metrics.Observe(ledger);
        if (options.Value.Rate == 0)
            return;

        var buffer = Channel.CreateBounded<OutgoingEntry>(new BoundedChannelOptions(BufferSize) { SingleReader = true, SingleWriter = true });
        using var drained = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        await using var stopping = stoppingToken.Register(() => drained.CancelAfter(DrainTime));

        try
        {
            // Whichever ends first: a publisher that fails must end the service, not leave the generator at a full buffer.
            var (generating, publishing) = (generator.RunAsync(buffer.Writer, stoppingToken), publisher.RunAsync(buffer.Reader, entry => ledger.Acknowledge(entry.Amount), drained.Token));
            await foreach (var ended in Task.WhenEach(generating, publishing))
            {
                await ended;
            }
        }
        catch (OperationCanceledException) when (drained.IsCancellationRequested)
        {
            LogLeftBehind(ledger.Read().Buffered, DrainTime);
        }

        var page = ledger.Read();
        LogStopped(page.Acknowledged, page.Amount.ToString(CultureInfo.InvariantCulture));
    }

    [LoggerMessage(LogLevel.Information, "The live stream has ended: Redis confirmed {Acknowledged} transactions over {Amount}")]
    private partial void LogStopped(long acknowledged, string amount);

    [LoggerMessage(LogLevel.Error, "Redis did not confirm {Buffered} transactions within {DrainTime} of the stop: they are lost with this process")]
    private partial void LogLeftBehind(long buffered, TimeSpan drainTime);
}
