using Fintech.Dashboard.Live.Feed;
using Fintech.Dashboard.Live.Warehouse;
using Microsoft.Extensions.Options;

namespace Fintech.Dashboard.Live;

/// <summary>The loop: hear the bell, read the warehouse, publish. At most a frame per frame interval, at least one per heartbeat.</summary>
internal sealed partial class LiveService(
    FeedReader feed,
    StreamLag streams,
    LiveReader reader,
    LiveComposer composer,
    LiveBoard board,
    LiveMetrics metrics,
    IOptions<DashboardOptions> options,
    TimeProvider time,
    ILogger<LiveService> logger) : BackgroundService
{
    private bool hearing;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var settings = options.Value;
        var published = DateTimeOffset.MinValue;
        var due = true;
        while (!stoppingToken.IsCancellationRequested)
        {
            due |= await ListenAsync(stoppingToken);
            var elapsed = time.GetUtcNow() - published;
            if (due && elapsed >= settings.FrameInterval || elapsed >= settings.HeartbeatInterval || elapsed < TimeSpan.Zero)
            {
                published = time.GetUtcNow();
                due = false;
                await PublishAsync(stoppingToken);
            }

            due |= await board.WokenAsync(settings.PollInterval, stoppingToken);
        }
    }

    private async Task<bool> ListenAsync(CancellationToken stoppingToken)
    {
        try
        {
            var entries = await feed.ReadAsync(composer.Feed, stoppingToken);
            hearing = true;
            return entries > 0;
        }
        catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
        {
            hearing = false;
            NoteRedis(fault);
            return false;
        }
    }

    private async Task PublishAsync(CancellationToken stoppingToken)
    {
        var request = board.Collect();
        var added = hearing ? await EntriesAddedAsync(stoppingToken) : null;
        var started = time.GetTimestamp();
        var windows = request.Views.Select(view => view.Window).ToHashSet();
        try
        {
            composer.Take(await reader.ReadAsync(windows, time.GetUtcNow(), stoppingToken), added);
            metrics.ReadDuration.Record(time.GetElapsedTime(started).TotalSeconds);
            if (composer.Faults.Warehouse(null, time.GetUtcNow()))
                LogWarehouseBack(logger);
        }
        catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
        {
            if (composer.Faults.Warehouse(fault, time.GetUtcNow()))
                LogWarehouseAway(logger, fault);
        }

        board.Publish(composer.Compose(request.Views, time.GetUtcNow()), request);
    }

    private async Task<IReadOnlyDictionary<string, long>?> EntriesAddedAsync(CancellationToken stoppingToken)
    {
        try
        {
            var added = await streams.EntriesAddedAsync(composer.Checkpoints, stoppingToken);
            if (composer.Faults.Redis(null, time.GetUtcNow()))
                LogRedisBack(logger);
            return added;
        }
        catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
        {
            NoteRedis(fault);
            return null;
        }
    }

    private void NoteRedis(Exception fault)
    {
        if (composer.Faults.Redis(fault, time.GetUtcNow()))
            LogRedisAway(logger, fault);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The warehouse cannot be read; the page keeps the last known numbers and says so")]
    private static partial void LogWarehouseAway(ILogger logger, Exception fault);

    [LoggerMessage(Level = LogLevel.Information, Message = "The warehouse can be read again")]
    private static partial void LogWarehouseBack(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis cannot be read; lag, new points and latest transactions are not known")]
    private static partial void LogRedisAway(ILogger logger, Exception fault);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis can be read again")]
    private static partial void LogRedisBack(ILogger logger);
}
