using Fintech.Etl.Worker.Scoring;
using Fintech.Etl.Worker.Warehouse;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>
/// Owns the loops of the real-time path: one session at a time, and in it a loop for each partition no other worker owns.
/// </summary>
internal sealed partial class StreamService(
    WarehouseReady ready,
    NpgsqlDataSource warehouse,
    RuleSetStore rules,
    RedisDurability durability,
    PartitionLoop loop,
    IServiceProvider services,
    IOptions<StreamOptions> options,
    TimeProvider clock,
    ILogger<StreamService> logger) : BackgroundService
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SaveInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ready.WaitAsync(stoppingToken);
        var failure = new Backoff(options.Value.MinRetryDelay, options.Value.MaxRetryDelay);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await durability.EnsureAsync(stoppingToken);
                await rules.ApplyConfigurationAsync(stoppingToken);
                await FirstPass.AwaitAsync(warehouse, options.Value.FirstPassPatience, clock, stoppingToken);
                await using var session = await StreamSession.OpenAsync(warehouse, options.Value, stoppingToken);
                failure.Reset();
                await RunSessionAsync(session, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                var pause = failure.Next();
                LogFailed(logger, e, pause);
                await Task.Delay(pause, clock, stoppingToken);
            }
        }
    }

    private async Task RunSessionAsync(StreamSession session, CancellationToken stoppingToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var loops = new Dictionary<int, Task>();
        string? error = null;
        try
        {
            var saved = clock.GetTimestamp();
            while (true)
            {
                var free = Enumerable.Range(0, options.Value.Partitions).Where(partition => !loops.ContainsKey(partition));
                foreach (var partition in await session.AcquireAsync(free, stoppingToken))
                    loops.Add(partition, RunPartitionAsync(partition, session, ending.Token));

                if (clock.GetElapsedTime(saved) >= SaveInterval)
                {
                    await session.SaveAsync(stoppingToken);
                    saved = clock.GetTimestamp();
                }

                // A loop ends by being cancelled only; one that ended otherwise must not leave its partition without an owner.
                foreach (var ended in loops.Values.Where(running => running.IsCompleted))
                    await ended;
                await Task.Delay(Heartbeat, clock, stoppingToken);
            }
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            error = "The session was lost; the worker's log says why.";
            LogLost(logger, e, session.RunId);
            // Those of the pool have most likely fallen silent with it, and the next session would find out one after the other.
            warehouse.Clear();
        }
        catch (OperationCanceledException)
        {
            // The worker was asked to stop.
        }
        finally
        {
            // Locks are released only after the loops have ended: a successor does not even have to meet the fence.
            await ending.CancelAsync();
            await Task.WhenAll(loops.Values);
        }

        await CloseAsync(session, error);
    }

    private async Task RunPartitionAsync(int partition, StreamSession session, CancellationToken cancellationToken)
    {
        await using var processor =
            ActivatorUtilities.CreateInstance<PartitionProcessor>(services, partition, session.RunId, session.Counters);
        await loop.RunAsync(partition, processor, cancellationToken);
    }

    private async Task CloseAsync(StreamSession session, string? error)
    {
        using var deadline = new CancellationTokenSource(CloseTimeout, clock);
        try
        {
            await session.CloseAsync(error, deadline.Token);
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException or TimeoutException)
        {
            LogNotClosed(logger, e, session.RunId);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The real-time path cannot start; next try in {Pause}")]
    private static partial void LogFailed(ILogger logger, Exception exception, TimeSpan pause);

    [LoggerMessage(Level = LogLevel.Error, Message = "Session {RunId} is lost, most likely with the connection that holds its partitions; they are given back")]
    private static partial void LogLost(ILogger logger, Exception exception, long runId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session {RunId} could not be closed in the books; the next worker does it")]
    private static partial void LogNotClosed(ILogger logger, Exception exception, long runId);
}
