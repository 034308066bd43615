using Microsoft.Extensions.Options;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>
/// Runs one partition for as long as it is owned: at once again while batches are full, in short intervals while they are not, so that
/// what comes in one of them shares a transaction; with a growing pause while nothing comes (the client has no blocking reads), and with
/// a longer one after a failure. A batch that takes longer than the interval makes the next one larger.
/// </summary>
internal sealed partial class PartitionLoop(IOptions<StreamOptions> options, TimeProvider clock, ILogger<PartitionLoop> logger)
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    public async Task RunAsync(int partition, PartitionProcessor processor, CancellationToken cancellationToken)
    {
        var settings = options.Value;
        var idle = new Backoff(settings.MinIdleDelay, settings.MaxIdleDelay);
        var failure = new Backoff(settings.MinRetryDelay, settings.MaxRetryDelay);
        var lastUpkeep = clock.GetTimestamp();
        var lastWatch = lastUpkeep;
        LogOwned(logger, partition);

        while (!cancellationToken.IsCancellationRequested)
        {
            TimeSpan pause;
            try
            {
                if (Due(ref lastWatch, WatchInterval))
                    await processor.WatchAsync(cancellationToken);
                if (Due(ref lastUpkeep, settings.UpkeepInterval) || processor.OwesSnapshot)
                    await processor.TendAsync(cancellationToken);

                var began = clock.GetTimestamp();
                var read = await processor.RunOnceAsync(cancellationToken);
                failure.Reset();
                if (read > 0)
                    idle.Reset();
                pause = read == 0 ? idle.Next() : processor.HasMore ? TimeSpan.Zero : settings.BatchInterval - clock.GetElapsedTime(began);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                pause = failure.Next();
                LogFailed(logger, e, partition, pause);
            }
            catch (Exception)
            {
                break;    // Whatever a cancelled call throws; what it was doing is rolled back.
            }

            if (pause > TimeSpan.Zero)
                await Task.Delay(pause, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        LogReleased(logger, partition);
    }

    private bool Due(ref long last, TimeSpan interval)
    {
        if (clock.GetElapsedTime(last) < interval)
            return false;

        last = clock.GetTimestamp();
        return true;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Owns partition {Partition}")]
    private static partial void LogOwned(ILogger logger, int partition);

    [LoggerMessage(Level = LogLevel.Information, Message = "Gave partition {Partition} back")]
    private static partial void LogReleased(ILogger logger, int partition);

    [LoggerMessage(Level = LogLevel.Error, Message = "Partition {Partition} failed; it goes on from its checkpoint in {Pause}")]
    private static partial void LogFailed(ILogger logger, Exception exception, int partition, TimeSpan pause);
}
