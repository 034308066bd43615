using System.Runtime.InteropServices;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Hosting;

namespace Fintech.Embedded.Hosting.Running;

/// <summary>Starts all resources at once, each of which waits for what it needs, and stops them in the opposite order.</summary>
internal sealed class ApplicationRunner(
    DistributedApplicationModel model, ResourceNotificationService notifications, ResourceHealth health, RunEnvironment environment)
    : IHostedService, IAsyncDisposable
{
    public const string NeedsContainerEngine = "On Windows the servers run in containers: install Docker or Podman and build again.";

    private readonly Dictionary<IResource, ResourceRunner[]> _runners = [];
    private readonly Dictionary<IResource, Task> _stops = [];
    private readonly List<ReplicaProxy> _proxies = [];

    public ResourceRunner? RunnerOf(string id) => _runners.Values.SelectMany(r => r).FirstOrDefault(r => string.Equals(r.Id, id, StringComparison.OrdinalIgnoreCase));

    /// <summary>A sentence for each thing that keeps resources from starting: what two of them lack is said once.</summary>
    public IReadOnlyList<string> Failures =>
    [
        .. _runners.Values.SelectMany(runners => runners).Where(r => r.Failure is not null)
            .GroupBy(r => r.Failure!.Message, r => r.Id)
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
        {
            var instances = ResourceInstance.Create(resource);
            _runners[resource] = [.. instances.Select(instance => new ResourceRunner(instance, notifications, health, environment))];
            if (instances.Count > 1)
                _proxies.AddRange(resource.Annotations.OfType<EndpointAnnotation>().Select(
                    e => new ReplicaProxy(e.AllocatedEndpoint!.Port, instances.Select(i => i.PortOf(e)))));
        }

        // All of them are known before the first one runs: it may wait for any other.
        foreach (var (resource, runners) in _runners)
            foreach (var runner in runners)
                if (resource.HasAnnotationOfType<ExplicitStartupAnnotation>())
                    await runner.HoldAsync();
                else
                    runner.Start();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(_runners.Keys.Select(StopInOrder).ToArray());

    public async ValueTask DisposeAsync()
    {
        foreach (var runner in _runners.Values.SelectMany(r => r))
            runner.Dispose();
        _runners.Clear();
        foreach (var proxy in _proxies)
            await proxy.DisposeAsync();
        _proxies.Clear();
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
        await Task.WhenAll(_runners[resource].Select(runner => runner.StopForGoodAsync()));
    }

    private IEnumerable<IResource> DependentsOf(IResource resource) => _runners.Keys.Where(other => other != resource && DependsOn(other, resource));

    private static bool DependsOn(IResource resource, IResource other) =>
        (resource is IResourceWithParent child && child.Parent == other)
        || resource.Annotations.OfType<WaitAnnotation>().Any(w => w.Resource == other)
        // Services may refer to one another in a circle; a service and a store may not.
        || (other is not IResourceWithServiceDiscovery && resource.Annotations.OfType<ResourceRelationshipAnnotation>().Any(r => r.Resource == other));
}
