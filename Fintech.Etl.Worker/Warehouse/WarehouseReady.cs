using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Fintech.Etl.Worker.Warehouse;

/// <summary>
/// Whether the warehouse is migrated and its PII key recognised. Whatever writes to it waits for this; the service is not
/// healthy before.
/// </summary>
internal sealed class WarehouseReady : IHealthCheck
{
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Set() => ready.TrySetResult();

    public Task WaitAsync(CancellationToken cancellationToken) => ready.Task.WaitAsync(cancellationToken);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(ready.Task.IsCompleted ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The warehouse is not migrated yet."));
}
