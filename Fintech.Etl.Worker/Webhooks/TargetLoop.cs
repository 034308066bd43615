using Microsoft.Extensions.Options;

namespace Fintech.Etl.Worker.Webhooks;

/// <summary>
/// Delivers what is due to one target. Each target has a loop of its own, so one that does not answer delays nobody else; while
/// nothing gets through to it, the loop itself waits longer and longer.
/// </summary>
internal sealed partial class TargetLoop(
    WebhookSender sender, Outbox outbox, WebhookMetrics metrics, IOptions<WebhookOptions> options, TimeProvider clock, ILogger<TargetLoop> logger)
{
    /// <summary>Beyond two attempts of the longest: also for a worker that is short of time.</summary>
    private static readonly TimeSpan LeaseReserve = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan PatienceWithBooks = TimeSpan.FromSeconds(2);

    private readonly WebhookOptions settings = options.Value;
    private readonly RetrySchedule retries = new(options.Value.MinRetryDelay, options.Value.MaxRetryDelay, Random.Shared);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var longestPause = settings.MaxRetryDelay < LongestPause ? settings.MaxRetryDelay : LongestPause;
        var pauses = new RetrySchedule(settings.PollInterval, longestPause, Random.Shared);
        var failures = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            var pause = settings.PollInterval;
            try
            {
                var (tried, delivered) = await DeliverDueAsync(cancellationToken);
                failures = tried == 0 ? failures : delivered > 0 ? 0 : failures + 1;
                pause = tried == 0 ? pause : delivered > 0 ? TimeSpan.Zero : pauses.After(failures, null);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                pause = pauses.After(++failures, null);
                LogOutboxAway(logger, e, sender.Name, pause);
            }

            if (pause > TimeSpan.Zero)
                await Task.Delay(pause, clock, cancellationToken);
        }
    }

    /// <returns>How many were tried, and how many of these arrived.</returns>
    internal async Task<(int Tried, int Delivered)> DeliverDueAsync(CancellationToken cancellationToken)
    {
        var due = await outbox.ClaimAsync(sender.Name, settings.Concurrency, 2 * settings.Timeout + LeaseReserve, cancellationToken);
        var arrived = await Task.WhenAll(due.Select(delivery => DeliverAsync(delivery, cancellationToken)));
        return (due.Count, arrived.Count(delivered => delivered));
    }

    private async Task<bool> DeliverAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        WebhookAnswer answer;
        try
        {
            answer = await sender.SendAsync(delivery.Key, delivery.Payload, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Another worker need not wait for the lease to end. The receiver may have it: it knows the key.
            using var patience = new CancellationTokenSource(PatienceWithBooks, clock);
            await outbox.FailedAsync(delivery, "The worker stopped meanwhile.", TimeSpan.Zero, settings.GiveUpAfter, atOnce: false, patience.Token);
            throw;
        }

        var took = clock.GetElapsedTime(began);
        if (answer.Error is not { } error)
        {
            // Also when the worker is asked to stop just now: what is not marked is sent again.
            using var patience = new CancellationTokenSource(settings.Timeout, clock);
            await outbox.DeliveredAsync(delivery, patience.Token);
            metrics.Attempt(sender.Name, "delivered", took);
            return true;
        }

        var pause = retries.After(delivery.Attempt, answer.RetryAfter);
        var dead = await outbox.FailedAsync(delivery, error, pause, settings.GiveUpAfter, answer.Gone, cancellationToken);
        metrics.Attempt(sender.Name, dead ? "dead" : "failed", took);
        if (dead)
            LogDead(logger, sender.Name, delivery.Id, delivery.Attempt, error);
        else
            LogFailed(logger, sender.Name, delivery.Id, delivery.Attempt, error, pause);
        return false;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Webhook {Target} did not take delivery {Delivery} at attempt {Attempt}: {Reason} Next try in {Pause}")]
    private static partial void LogFailed(ILogger logger, string target, long delivery, int attempt, string reason, TimeSpan pause);

    [LoggerMessage(Level = LogLevel.Error, Message = "Webhook {Target}: delivery {Delivery} is given up after {Attempt} attempts. {Reason} webhooks retry takes it up again")]
    private static partial void LogDead(ILogger logger, string target, long delivery, int attempt, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The outbox of webhook {Target} cannot be worked on; next try in {Pause}")]
    private static partial void LogOutboxAway(ILogger logger, Exception exception, string target, TimeSpan pause);
}
