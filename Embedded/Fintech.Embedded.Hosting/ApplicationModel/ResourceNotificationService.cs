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

    public bool TryGetCurrentState(string resourceId, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ResourceEvent? resourceEvent)
    {
        lock (_lock)
            return _current.TryGetValue(resourceId, out resourceEvent);
    }

    public Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        lock (_lock)
        {
            if (_disposed)
                return Task.CompletedTask;

            var previous = _current.TryGetValue(resource.Name, out var known)
                ? known.Snapshot
                : new CustomResourceSnapshot { ResourceType = resource.GetType().Name.Replace("Resource", ""), Properties = [] };
            var update = new ResourceEvent(resource, resource.Name, stateFactory(previous));

            _current[resource.Name] = update;
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

    public async Task<ResourceEvent> WaitForResourceAsync(
        string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        try
        {
            await foreach (var update in WatchAsync(cancellationToken))
                if (string.Equals(update.Resource.Name, resourceName, StringComparison.OrdinalIgnoreCase) && predicate(update))
                    return update;
        }
        catch (OperationCanceledException e)
        {
            throw new OperationCanceledException(
                $"Gave up waiting for resource '{resourceName}', which is {StateOf(resourceName)}.{Describe(resourceName)}", e, cancellationToken);
        }

        throw new OperationCanceledException($"The application stopped while resource '{resourceName}' was waited for.");
    }

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

    public async Task<ResourceEvent> WaitForResourceHealthyAsync(
        string resourceName, WaitBehavior waitBehavior, CancellationToken cancellationToken = default)
    {
        var reached = await WaitForResourceAsync(
            resourceName,
            e => e.Snapshot.HealthStatus == HealthStatus.Healthy
                || (waitBehavior == WaitBehavior.StopOnResourceUnavailable && KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text)),
            cancellationToken);

        return reached.Snapshot.HealthStatus == HealthStatus.Healthy
            ? reached
            : throw new DistributedApplicationException(
                $"Stopped waiting for resource '{resourceName}' to become healthy: it is {StateOf(resourceName)}.{Describe(resourceName)}");
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
        var name = wait.Resource.Name;
        switch (wait.WaitType)
        {
            case WaitType.WaitUntilHealthy:
                await WaitForResourceHealthyAsync(name, wait.WaitBehavior ?? DefaultWaitBehavior, cancellationToken);
                break;

            case WaitType.WaitUntilStarted:
                await WaitForResourceAsync(name, KnownResourceStates.Running, cancellationToken);
                break;

            case WaitType.WaitForCompletion:
                var ended = await WaitForResourceAsync(name, e => KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text), cancellationToken);
                if (ended.Snapshot.ExitCode != wait.ExitCode)
                    throw new DistributedApplicationException(
                        $"Resource '{resource.Name}' waits for '{name}' to end with exit code {wait.ExitCode}, but it is {StateOf(name)}.");
                break;

            default:
                throw new InvalidOperationException($"Wait type {wait.WaitType} is not known.");
        }
    }

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
