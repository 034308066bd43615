using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Fintech.Producer.History;

/// <summary>Healthy once the history is complete, or there is none to create: whoever waits for the producer finds a whole world.</summary>
internal sealed class HistoryHealthCheck : IHealthCheck
{
    private volatile Task<HealthCheckResult> result = Task.FromResult(HealthCheckResult.Unhealthy("The history is being created."));

    public void Complete() => result = Task.FromResult(HealthCheckResult.Healthy());

    public void Fail(Exception exception) =>
        result = Task.FromResult(HealthCheckResult.Unhealthy("The history could not be created, and is tried again.", exception));

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => result;
}
