using Microsoft.Extensions.Options;

namespace Fintech.Producer.History;

/// <summary>Sees to it at start that there is a history, and tries again for as long as a store is away.</summary>
internal sealed partial class HistoryService(
    HistoryWriter writer, HistoryHealthCheck health, IOptions<HistoryOptions> options, TimeProvider time, ILogger<HistoryService> logger)
    : BackgroundService
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var delay = FirstDelay;

        while (options.Value.Enabled)
        {
            try
            {
                await writer.EnsureAsync(stoppingToken);
                break;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                health.Fail(exception);
                LogFailed(exception, delay);
                await Task.Delay(delay, time, stoppingToken);
                delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
            }
        }

        health.Complete();
    }

    [LoggerMessage(LogLevel.Error, "The history could not be created; next attempt in {Delay}")]
    private partial void LogFailed(Exception exception, TimeSpan delay);
}
