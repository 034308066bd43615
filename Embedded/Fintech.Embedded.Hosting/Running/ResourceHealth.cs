using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Fintech.Embedded.Hosting.Running;

/// <summary>Runs the health checks of a resource for as long as it lives: often until it is healthy, then now and then.</summary>
internal sealed class ResourceHealth(HealthCheckService checks, ResourceNotificationService notifications, TimeProvider time)
{
    private static readonly TimeSpan WhileUnhealthy = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan WhileHealthy = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public ImmutableArray<HealthReportSnapshot> NotYetRun(IResource resource) =>
        [.. KeysOf(resource).Select(key => new HealthReportSnapshot(key, null, null, null))];

    public async Task WatchAsync(ResourceInstance instance, Action onHealthy, CancellationToken cancellationToken)
    {
        var keys = KeysOf(instance.Resource).ToHashSet();
        if (keys.Count == 0)
        {
            onHealthy();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        while (true)
        {
            var reports = await CheckAsync(instance, keys, cancellationToken);
            if (reports.All(r => r.Status == HealthStatus.Healthy))
                onHealthy();

            await notifications.PublishUpdateAsync(instance.Resource, instance.Id, snapshot => snapshot with { HealthReports = reports });
            await Task.Delay(reports.All(r => r.Status == HealthStatus.Healthy) ? WhileHealthy : WhileUnhealthy, time, cancellationToken);
        }
    }

    private async Task<ImmutableArray<HealthReportSnapshot>> CheckAsync(ResourceInstance instance, HashSet<string> keys, CancellationToken cancellationToken)
    {
        ResourceInstance.UnderCheck = instance;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Patience);
        try
        {
            var report = await checks.CheckHealthAsync(registration => keys.Contains(registration.Name), deadline.Token);
            return [.. report.Entries.Select(e => new HealthReportSnapshot(e.Key, e.Value.Status, e.Value.Description, e.Value.Exception?.Message))];
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return [.. keys.Select(key => new HealthReportSnapshot(key, HealthStatus.Unhealthy, $"no answer within {Patience.TotalSeconds:0} s", null))];
        }
    }

    private static IEnumerable<string> KeysOf(IResource resource) => resource.Annotations.OfType<HealthCheckAnnotation>().Select(a => a.Key);
}
