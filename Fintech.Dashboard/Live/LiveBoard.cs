using System.Collections.Concurrent;
using Fintech.Dashboard.Live.Filters;
using Microsoft.AspNetCore.SignalR;

namespace Fintech.Dashboard.Live;

/// <summary>Between the service that builds states and whoever wants them: the newest state, and what somebody looks at.</summary>
internal sealed partial class LiveBoard(
    IHubContext<LiveHub, ILiveClient> hub, LiveMetrics metrics, ShownAlerts shown, SnapshotGate gate, ILogger<LiveBoard> logger)
{
    private readonly ConcurrentDictionary<string, LiveConnection> connections = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Waiter, LiveView> waiting = new();
    private readonly SemaphoreSlim wake = new(0, 1);
    private volatile LiveState? latest;

    /// <summary>What the next state is for. Only what somebody looks at is computed.</summary>
    public LiveRequest Collect()
    {
        var waiters = waiting.ToArray();
        return new LiveRequest(
            connections.Values.Select(connection => connection.View).Concat(waiters.Select(waiter => waiter.Value)).ToHashSet(),
            [.. waiters.Select(waiter => waiter.Key)]);
    }

    /// <summary>The connection is sent a snapshot of what it looks at, then frames, until <paramref name="aborted"/>.</summary>
    public void Watch(string connectionId, LiveView view, CancellationToken aborted)
    {
        if (connections.TryGetValue(connectionId, out var connection))
        {
            connection.Watch(view);
        }
        else
        {
            connection = new LiveConnection(hub.Clients.Client(connectionId), metrics, shown, gate, view);
            connections[connectionId] = connection;
            metrics.Clients.Add(1);
            _ = PumpAsync(connectionId, connection, aborted);
        }

        if (latest is { } state && state.Frames.ContainsKey(view))
            connection.Offer(state);
        else
            Wake();
    }

    /// <summary>A state that holds the window and whose reading begins after this call: many who ask at once cost one reading.</summary>
    public async Task<LiveState> NextAsync(LiveWindow window, CancellationToken cancellationToken)
    {
        var waiter = new Waiter();
        waiting[waiter] = window;
        try
        {
            Wake();
            return await waiter.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            waiting.TryRemove(waiter, out _);
        }
    }

    public void Publish(LiveState state, LiveRequest request)
    {
        latest = state;
        foreach (var connection in connections.Values)
            connection.Offer(state);

        foreach (var waiter in request.Waiters)
            waiter.TrySetResult(state);
    }

    /// <returns>True when somebody wants what is not computed yet, false when the time is over.</returns>
    public Task<bool> WokenAsync(TimeSpan timeout, CancellationToken cancellationToken) => wake.WaitAsync(timeout, cancellationToken);

    private void Wake()
    {
        try
        {
            wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Awake already.
        }
    }

    private async Task PumpAsync(string connectionId, LiveConnection connection, CancellationToken aborted)
    {
        await Task.Yield();
        try
        {
            await connection.PumpAsync(aborted);
        }
        catch (OperationCanceledException) when (aborted.IsCancellationRequested)
        {
            // The browser left.
        }
        catch (Exception fault)
        {
            LogPumpFailed(logger, connectionId, fault);
        }
        finally
        {
            connections.TryRemove(connectionId, out _);
            metrics.Clients.Add(-1);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Sending to connection {ConnectionId} failed; it gets no more frames until it subscribes again")]
    private static partial void LogPumpFailed(ILogger logger, string connectionId, Exception fault);
}

/// <param name="Waiters">Those who asked before the reading began.</param>
internal sealed record LiveRequest(IReadOnlyCollection<LiveView> Views, IReadOnlyList<Waiter> Waiters);

internal sealed class Waiter() : TaskCompletionSource<LiveState>(TaskCreationOptions.RunContinuationsAsynchronously);
