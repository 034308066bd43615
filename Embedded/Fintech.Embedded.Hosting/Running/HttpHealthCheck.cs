using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Fintech.Embedded.Hosting.Running;

/// <summary>Healthy while the service answers a path with the expected status.</summary>
internal sealed class HttpHealthCheck(EndpointReference endpoint, string path, int expectedStatus) : IHealthCheck
{
    // Shared by all checks and for as long as the process lives: each resource has an address of its own.
    private static readonly HttpClient Client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false })
    {
        Timeout = TimeSpan.FromSeconds(5),
    };

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var address = new Uri(new Uri(ResourceInstance.UnderCheck?.UrlOf(endpoint) ?? endpoint.Url), path);
        try
        {
            using var response = await Client.GetAsync(address, cancellationToken);
            return (int)response.StatusCode == expectedStatus
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy($"{address} answers {(int)response.StatusCode}, not {expectedStatus}");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy($"{address} does not answer: {e.Message}");
        }
    }
}
