using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Testing;

public static class DistributedApplicationHostingTestingExtensions
{
    public static HttpClient CreateHttpClient(this DistributedApplication app, string resourceName, string? endpointName = default)
    {
        var client = app.Services.GetRequiredService<IHttpClientFactory>().CreateClient();
        client.BaseAddress = app.GetEndpoint(resourceName, endpointName);
        return client;
    }

    public static Uri GetEndpoint(this DistributedApplication app, string resourceName, string? endpointName = default)
    {
        if (app.Resource(resourceName) is not IResourceWithEndpoints resource)
            throw new InvalidOperationException($"Resource '{resourceName}' has no endpoints.");

        var endpoints = resource.GetEndpoints().ToArray();
        var endpoint = endpointName is not null
            ? resource.GetEndpoint(endpointName)
            : endpoints.FirstOrDefault(e => e.Scheme is "http" or "https") ?? endpoints.FirstOrDefault();

        return endpoint is { Exists: true }
            ? new Uri(endpoint.Url)
            : throw new InvalidOperationException($"Resource '{resourceName}' has no endpoint {endpointName ?? "at all"}.");
    }

    public static ValueTask<string?> GetConnectionStringAsync(
        this DistributedApplication app, string resourceName, CancellationToken cancellationToken = default) =>
        app.Resource(resourceName) is IResourceWithConnectionString resource
            ? resource.GetConnectionStringAsync(cancellationToken)
            : throw new InvalidOperationException($"Resource '{resourceName}' has no connection string.");

    private static IResource Resource(this DistributedApplication app, string name) =>
        app.Services.GetRequiredService<DistributedApplicationModel>().Resources.TryGetByName(name, out var resource)
            ? resource
            : throw new ArgumentException($"Resource '{name}' was not found.", nameof(name));
}
