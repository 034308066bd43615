using Fintech.Contracts;
using Fintech.Producer.Streams;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Fintech.Producer.PubSub;

/// <summary>While this process has the lease: takes in the messages of the channel and publishes them to the streams.</summary>
internal sealed partial class PubSubService(
    IConnectionMultiplexer redis, PubSubLease lease, StreamPublisher publisher, IServiceProvider services,
    IOptions<PubSubOptions> options, TimeProvider time, ILogger<PubSubService> logger)
    : BackgroundService
{
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (options.Value.Enabled && !stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await lease.TryTakeAsync(stoppingToken))
                    await ListenAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogAway(exception);
            }

            await Task.Delay(lease.RenewalInterval, time, stoppingToken);
        }
    }

    private async Task ListenAsync(CancellationToken stoppingToken)
    {
        using var drained = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        var buffer = ActivatorUtilities.CreateInstance<PubSubBuffer>(services);
        var publishing = publisher.RunAsync(buffer.Reader, buffer.Published, drained.Token);
        try
        {
            var queue = await redis.GetSubscriber().SubscribeAsync(RedisChannel.Literal(StreamNames.LegacyChannel)).WaitAsync(stoppingToken);
            queue.OnMessage(message => buffer.Take(message.Message));
            LogListening(StreamNames.LegacyChannel);

            await lease.HoldAsync(stoppingToken);
            LogLost(StreamNames.LegacyChannel);
        }
        finally
        {
            await LeaveAsync();
            buffer.Complete();
            drained.CancelAfter(DrainTime);
            await publishing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!publishing.IsCompletedSuccessfully)
                LogLeftBehind(publishing.Exception, buffer.Reader.Count, DrainTime);
        }
    }

    /// <summary>The lease first: for a moment two may listen, which is harmless, where a gap would lose messages.</summary>
    private async Task LeaveAsync()
    {
        try
        {
            await lease.ReleaseAsync();
            await redis.GetSubscriber().UnsubscribeAsync(RedisChannel.Literal(StreamNames.LegacyChannel));
        }
        catch (Exception exception)
        {
            LogAway(exception);
        }
    }

    [LoggerMessage(LogLevel.Information, "Listening to the Pub/Sub channel {Channel}; what is published there while nobody listens is lost")]
    private partial void LogListening(string channel);

    [LoggerMessage(LogLevel.Warning, "The lease on the Pub/Sub channel {Channel} is lost: another producer listens, or Redis is away")]
    private partial void LogLost(string channel);

    [LoggerMessage(LogLevel.Warning, "Redis is away: nobody listens to the Pub/Sub channel until it is back")]
    private partial void LogAway(Exception exception);

    [LoggerMessage(LogLevel.Error, "Up to {Count} messages of the Pub/Sub channel and a batch were not published within {DrainTime}: they are lost")]
    private partial void LogLeftBehind(Exception? failure, int count, TimeSpan drainTime);
}
