using Fintech.Etl.Worker.Warehouse;
using Microsoft.Extensions.Options;

namespace Fintech.Etl.Worker.Webhooks;

/// <summary>A loop for each target, and one that counts what waits and removes what is done with. Any number of workers share the outbox.</summary>
internal sealed partial class WebhookService(
    WarehouseReady ready, Outbox outbox, WebhookMetrics metrics, IServiceProvider services, IOptions<WebhookOptions> options, TimeProvider clock,
    ILogger<WebhookService> logger) : BackgroundService
{
    private static readonly TimeSpan CountInterval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan TidyInterval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ready.WaitAsync(stoppingToken);
        while (!await TryAsync(token => outbox.RegisterAsync([.. options.Value.Targets], token), stoppingToken))
            await Task.Delay(CountInterval, clock, stoppingToken);

        var senders = options.Value.Targets.Select(target => new WebhookSender(target, options.Value, clock)).ToList();
        try
        {
            await Task.WhenAll(
                [KeepAsync(stoppingToken), .. senders.Select(sender => ActivatorUtilities.CreateInstance<TargetLoop>(services, sender).RunAsync(stoppingToken))]);
        }
        finally
        {
            senders.ForEach(sender => sender.Dispose());
        }
    }

    private async Task KeepAsync(CancellationToken stoppingToken)
    {
        var tidied = clock.GetTimestamp() - (long)(TidyInterval.TotalSeconds * clock.TimestampFrequency);
        while (true)
        {
            await TryAsync(token => outbox.RegisterAsync([.. options.Value.Targets], token), stoppingToken);
            await TryAsync(async token => metrics.Waiting(await outbox.BacklogAsync(token)), stoppingToken);
            if (clock.GetElapsedTime(tidied) >= TidyInterval && await TryAsync(TidyAsync, stoppingToken))
                tidied = clock.GetTimestamp();
            await Task.Delay(CountInterval, clock, stoppingToken);
        }
    }

    private async Task TidyAsync(CancellationToken cancellationToken)
    {
        var (orphaned, removed) = await outbox.TidyAsync(options.Value, cancellationToken);
        if (orphaned > 0)
            LogOrphaned(logger, orphaned);
        if (removed > 0)
            LogRemoved(logger, removed);
    }

    private async Task<bool> TryAsync(Func<CancellationToken, Task> work, CancellationToken stoppingToken)
    {
        try
        {
            await work(stoppingToken);
            return true;
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            LogAway(logger, e);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Rows} alerts are given up: their webhook target is configured no more")]
    private static partial void LogOrphaned(ILogger logger, long rows);

    [LoggerMessage(Level = LogLevel.Information, Message = "Removed {Rows} old rows of the webhook outbox")]
    private static partial void LogRemoved(ILogger logger, long rows);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The webhook outbox cannot be kept in order; it is tried again")]
    private static partial void LogAway(ILogger logger, Exception exception);
}
