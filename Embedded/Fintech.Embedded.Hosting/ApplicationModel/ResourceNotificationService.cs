using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>The state of every resource, and a way to wait for it.</summary>
public class ResourceNotificationService : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ResourceEvent> _current = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Channel<ResourceEvent>> _watchers = [];
    private bool _disposed;

    /// <summary>True under test: a resource that cannot come up ends the wait for it instead of hanging the test.</summary>
    internal WaitBehavior DefaultWaitBehavior { get; init; } = WaitBehavior.WaitOnResourceUnavailable;

    /// <summary>Says why a resource is not up, for the messages of those who waited for it.</summary>
    internal Func<string, string> Describe { get; init; } = _ => "";

    /// <param name="resourceId">A resource's name; of one with replicas the id of one of them.</param>
    /// <param name="resourceEvent">What was last published.</param>
    public bool TryGetCurrentState(string resourceId, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ResourceEvent? resourceEvent)
    {
        lock (_lock)
            return _current.TryGetValue(resourceId, out resourceEvent);
    }

    /// <summary>The same of every replica.</summary>
    public async Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        foreach (var id in resource.GetResolvedResourceNames())
            await PublishUpdateAsync(resource, id, stateFactory);
    }

    public Task PublishUpdateAsync(IResource resource, string resourceId, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        lock (_lock)
        {
            if (_disposed)
                return Task.CompletedTask;

            var previous = _current.TryGetValue(resourceId, out var known)
                ? known.Snapshot
                : new CustomResourceSnapshot { ResourceType = resource.GetType().Name.Replace("Resource", ""), Properties = [] };
            var update = new ResourceEvent(resource, resourceId, stateFactory(previous));

            _current[resourceId] = update;
            foreach (var watcher in _watchers)
                watcher.Writer.TryWrite(update);
        }

        return Task.CompletedTask;
    }

    /// <summary>The current state of every resource, then every change.</summary>
    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateUnbounded<ResourceEvent>(new() { SingleReader = true });
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            foreach (var known in _current.Values)
                channel.Writer.TryWrite(known);
            _watchers.Add(channel);
        }

        try
        {
            await foreach (var update in channel.Reader.ReadAllAsync(cancellationToken))
                yield return update;
        }
        finally
        {
            lock (_lock)
                _watchers.Remove(channel);
        }
    }

    public Task<ResourceEvent> WaitForResourceAsync(
        string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default) =>
        WaitAsync(resourceName, e => string.Equals(e.Resource.Name, resourceName, StringComparison.OrdinalIgnoreCase) && predicate(e), cancellationToken);

    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default)
    {
        var state = string.IsNullOrEmpty(targetState) ? KnownResourceStates.Running : targetState;
        return WaitForResourceAsync(resourceName, [state], cancellationToken);
    }

    public async Task<string> WaitForResourceAsync(
        string resourceName, IEnumerable<string> targetStates, CancellationToken cancellationToken = default)
    {
        var states = targetStates.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var reached = await WaitForResourceAsync(resourceName, e => e.Snapshot.State is { } s && states.Contains(s.Text), cancellationToken);
        return reached.Snapshot.State!.Text;
    }

    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        WaitForResourceHealthyAsync(resourceName, DefaultWaitBehavior, cancellationToken);

    /// <summary>Of a resource with replicas: until the last of them is.</summary>
    public async Task<ResourceEvent> WaitForResourceHealthyAsync(
        string resourceName, WaitBehavior waitBehavior, CancellationToken cancellationToken = default)
    {
        var known = await WaitForResourceAsync(resourceName, _ => true, cancellationToken);
        foreach (var id in known.Resource.GetResolvedResourceNames())
            known = await WaitUntilHealthyAsync(id, waitBehavior, cancellationToken);

        return known;
    }

    public async Task WaitForDependenciesAsync(IResource resource, CancellationToken cancellationToken)
    {
        foreach (var wait in resource.Annotations.OfType<WaitAnnotation>())
            await WaitForDependencyAsync(resource, wait, cancellationToken);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (var watcher in _watchers)
                watcher.Writer.TryComplete();
        }

        GC.SuppressFinalize(this);
    }

    private async Task WaitForDependencyAsync(IResource resource, WaitAnnotation wait, CancellationToken cancellationToken)
    {
        foreach (var id in wait.Resource.GetResolvedResourceNames())
            await WaitForInstanceAsync(resource, id, wait, cancellationToken);
    }

    private async Task WaitForInstanceAsync(IResource resource, string id, WaitAnnotation wait, CancellationToken cancellationToken)
    {
        switch (wait.WaitType)
        {
            case WaitType.WaitUntilHealthy:
                await WaitUntilHealthyAsync(id, wait.WaitBehavior ?? DefaultWaitBehavior, cancellationToken);
                break;

            case WaitType.WaitUntilStarted:
                await WaitAsync(id, e => IsOf(e, id) && e.Snapshot.State?.Text == KnownResourceStates.Running, cancellationToken);
                break;

            case WaitType.WaitForCompletion:
                var ended = await WaitAsync(id, e => IsOf(e, id) && KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text), cancellationToken);
                if (ended.Snapshot.ExitCode != wait.ExitCode)
                    throw new DistributedApplicationException(
                        $"Resource '{resource.Name}' waits for '{id}' to end with exit code {wait.ExitCode}, but it is {StateOf(id)}.");
                break;

            default:
                throw new InvalidOperationException($"Wait type {wait.WaitType} is not known.");
        }
    }

    private async Task<ResourceEvent> WaitUntilHealthyAsync(string id, WaitBehavior waitBehavior, CancellationToken cancellationToken)
    {
        var reached = await WaitAsync(
            id,
            e => IsOf(e, id) && (e.Snapshot.HealthStatus == HealthStatus.Healthy
                || (waitBehavior == WaitBehavior.StopOnResourceUnavailable && KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text))),
            cancellationToken);

        return reached.Snapshot.HealthStatus == HealthStatus.Healthy
            ? reached
            : throw new DistributedApplicationException($"Stopped waiting for resource '{id}' to become healthy: it is {StateOf(id)}.{Describe(id)}");
    }

    private async Task<ResourceEvent> WaitAsync(string waitedFor, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var update in WatchAsync(cancellationToken))
                if (predicate(update))
                    return update;
        }
        catch (OperationCanceledException e)
        {
            throw new OperationCanceledException($"Gave up waiting for resource '{waitedFor}', which is {StateOf(waitedFor)}.{Describe(waitedFor)}", e, cancellationToken);
        }

        throw new OperationCanceledException($"The application stopped while resource '{waitedFor}' was waited for.");
    }

    private static bool IsOf(ResourceEvent update, string id) => string.Equals(update.ResourceId, id, StringComparison.OrdinalIgnoreCase);

    private string StateOf(string resourceName)
    {
        if (!TryGetCurrentState(resourceName, out var known))
            return "not in the application model";

        var snapshot = known.Snapshot;
        var state = snapshot.State?.Text ?? KnownResourceStates.NotStarted;
        if (snapshot.ExitCode is { } code)
            state += $" (exit code {code})";

        return snapshot.HealthReports.FirstOrDefault(r => r.Status != HealthStatus.Healthy) is { } report
            ? $"{state}, health check {report.Name}: {report.Description ?? report.ExceptionText ?? "not yet run"}"
            : state;
    }
}
