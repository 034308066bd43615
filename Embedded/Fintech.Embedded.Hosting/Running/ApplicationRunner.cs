using System.Runtime.InteropServices;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Fintech.Embedded.Hosting.Console;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Fintech.Embedded.Hosting.Running;

/// <summary>Starts all resources at once, each of which waits for what it needs, and stops them in the opposite order.</summary>
internal sealed class ApplicationRunner(
    DistributedApplicationModel model, ResourceNotificationService notifications, ResourceHealth health, RunEnvironment environment,
    IHostApplicationLifetime lifetime, Terminal? terminal = null, TelemetryReceiver? telemetry = null) : IHostedService, IDisposable
{
    public const string NeedsContainerEngine = "On Windows the servers run in containers: install Docker or Podman and build again.";

    // Ctrl+C to prompt takes ten seconds at the very most; the services get the first half.
    private static readonly TimeSpan ServicePatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ServerPatience = TimeSpan.FromSeconds(4);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<IResource, ResourceRunner> _runners = [];
    private readonly Dictionary<IResource, Task> _stops = [];
    private Task _reporting = Task.CompletedTask;

    /// <summary>A sentence for each thing that keeps resources from starting: what two of them lack is said once.</summary>
    public IReadOnlyList<string> Failures =>
    [
        .. _runners.Values.Where(r => r.Failure is not null)
            .GroupBy(r => r.Failure!.Message, r => r.Resource.Name)
            .Select(same => $"Cannot start {string.Join(", ", same)}. {same.Key}"),
    ];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (RuntimeInformation.IsOSPlatform(OSPlatform.Windows))
            throw new DistributedApplicationException(NeedsContainerEngine);

        environment.Data.Acquire();
        foreach (var resource in model.Resources)
            FreePorts.Allocate(resource, environment.Policy.RandomizePorts);

        foreach (var parameter in model.Resources.OfType<ParameterResource>())
        {
            await parameter.GetValueAsync(cancellationToken);
            await notifications.PublishUpdateAsync(parameter, snapshot => snapshot with { State = KnownResourceStates.Running });
        }

        foreach (var resource in model.Resources.Where(r => r.HasAnnotationOfType<StartupAnnotation>()))
            _runners[resource] = new(resource, notifications, health, environment);
        foreach (var runner in _runners.Values)
            runner.Start();

        if (terminal is not null)
            _reporting = ReportAsync(terminal, _stopping.Token);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_runners.Keys.Select(StopInOrder).Append(_reporting).ToArray());
    }

    public void Dispose()
    {
        foreach (var runner in _runners.Values)
            runner.Dispose();
        _stopping.Dispose();
    }

    /// <summary>The table once everything is up; or the end of the run, when something cannot be started at all.</summary>
    private async Task ReportAsync(Terminal output, CancellationToken cancellationToken)
    {
        var began = environment.Time.GetTimestamp();
        var took = new Dictionary<string, TimeSpan>();
        var waiting = _runners.Values.Select(runner => notifications.WaitForResourceAsync(
            runner.Resource.Name,
            e => e.Snapshot.HealthStatus == HealthStatus.Healthy || KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text),
            cancellationToken)).ToList();

        try
        {
            while (waiting.Count > 0)
            {
                var reached = await Task.WhenAny(waiting);
                waiting.Remove(reached);

                var known = await reached;
                took[known.Resource.Name] = environment.Time.GetElapsedTime(began);
                if (known.Snapshot.State?.Text != KnownResourceStates.FailedToStart)
                    continue;

                Environment.ExitCode = 1;
                lifetime.StopApplication();
                return;
            }

            output.WriteTable([.. model.Resources
                .Where(Terminal.IsShown)
                .Select(r => notifications.TryGetCurrentState(r.Name, out var state) ? state : null)
                .OfType<ResourceEvent>()], took, telemetry?.LoginUrl);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopped while it was still coming up.
        }
    }

    /// <summary>A resource stops after everything that depends on it has.</summary>
    private Task StopInOrder(IResource resource)
    {
        lock (_stops)
        {
            if (!_stops.TryGetValue(resource, out var stop))
                _stops[resource] = stop = StopAfterAsync(resource, [.. DependentsOf(resource).Select(StopInOrder)]);

            return stop;
        }
    }

    private async Task StopAfterAsync(IResource resource, Task[] dependents)
    {
        await Task.WhenAll(dependents);
        await _runners[resource].StopAsync(resource is ContainerResource ? ServerPatience : ServicePatience);
    }

    private IEnumerable<IResource> DependentsOf(IResource resource) => _runners.Keys.Where(other => other != resource && DependsOn(other, resource));

    private static bool DependsOn(IResource resource, IResource other) =>
        (resource is IResourceWithParent child && child.Parent == other)
        || resource.Annotations.OfType<WaitAnnotation>().Any(w => w.Resource == other)
        // Services may refer to one another in a circle; a service and a store may not.
        || (other is not IResourceWithServiceDiscovery && resource.Annotations.OfType<ResourceRelationshipAnnotation>().Any(r => r.Resource == other));
}
