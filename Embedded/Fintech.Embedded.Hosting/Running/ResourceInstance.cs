using System.Globalization;
using Aspire.Hosting.ApplicationModel;

namespace Fintech.Embedded.Hosting.Running;

/// <summary>One process of a resource: the resource itself, or one of its replicas.</summary>
internal sealed class ResourceInstance
{
    /// <summary>Stands in the environment for what differs from process to process, in the words of Aspire's orchestrator.</summary>
    public const string ServiceIdTemplate = """{{- index .Annotations "otel-service-instance-id" -}}""";

    private static readonly AsyncLocal<ResourceInstance?> Checked = new();

    private readonly string _serviceId = Guid.NewGuid().ToString("N")[..8];
    private readonly Dictionary<string, int> _targetPorts;

    private ResourceInstance(IResource resource, string id, Dictionary<string, int> targetPorts)
    {
        Resource = resource;
        Id = id;
        _targetPorts = targetPorts;
    }

    /// <summary>The one whose health is looked at just now: a check is registered once for a resource, but asked for each of its replicas.</summary>
    public static ResourceInstance? UnderCheck
    {
        get => Checked.Value;
        set => Checked.Value = value;
    }

    public IResource Resource { get; }

    /// <summary>The resource's name; <c>etl-worker-1</c>, <c>etl-worker-2</c> … where it has replicas.</summary>
    public string Id { get; }

    public static string PortTemplate(EndpointAnnotation endpoint) => $$$"""{{- portForServing "{{{endpoint.Name}}}" -}}""";

    /// <summary>Decides on the processes of a resource, once for the run.</summary>
    public static IReadOnlyList<ResourceInstance> Create(IResource resource)
    {
        var count = resource.GetReplicaCount();
        if (count < 1)
            throw new InvalidOperationException($"Resource '{resource.Name}' has {count} replicas, but it needs one at least: give one that is not to start WithExplicitStart.");

        var endpoints = resource.Annotations.OfType<EndpointAnnotation>().ToArray();
        if (count > 1)
            RefuseSharedPorts(resource, endpoints);

        ResourceInstance[] instances = count == 1
            ? [new(resource, resource.Name, [])]
            : [.. Enumerable.Range(1, count).Select(number => new ResourceInstance(
                resource,
                string.Create(CultureInfo.InvariantCulture, $"{resource.Name}-{number}"),
                endpoints.ToDictionary(e => e.Name, _ => FreePorts.Next(), StringComparer.OrdinalIgnoreCase)))];

        resource.Annotations.Add(new ResourceInstancesAnnotation(instances));
        return instances;
    }

    /// <summary>Where this very process listens; behind a proxy that is not the address of the resource.</summary>
    public int PortOf(EndpointAnnotation endpoint) => _targetPorts.TryGetValue(endpoint.Name, out var port) ? port : endpoint.AllocatedEndpoint!.Port;

    public string? UrlOf(EndpointReference endpoint) => endpoint.Resource == Resource
        ? string.Create(CultureInfo.InvariantCulture, $"{endpoint.Scheme}://{endpoint.Host}:{PortOf(endpoint.EndpointAnnotation)}")
        : null;

    /// <summary>An argument or variable as this process gets it.</summary>
    public string Fill(string value)
    {
        if (!value.Contains("{{- ", StringComparison.Ordinal))
            return value;

        value = value.Replace(ServiceIdTemplate, _serviceId, StringComparison.Ordinal);
        foreach (var endpoint in Resource.Annotations.OfType<EndpointAnnotation>())
            value = value.Replace(PortTemplate(endpoint), PortOf(endpoint).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

        return value;
    }

    // In the words of Aspire.
    private static void RefuseSharedPorts(IResource resource, EndpointAnnotation[] endpoints)
    {
        if (endpoints.FirstOrDefault(e => !e.IsProxied) is { } direct)
            throw new InvalidOperationException(
                $"Resource '{resource.Name}' uses multiple replicas and a proxy-less endpoint '{direct.Name}'. These features do not work together.");
        if (endpoints.FirstOrDefault(e => e.TargetPort is not null) is { } shared)
            throw new InvalidOperationException(
                $"Resource '{resource.Name}' can have multiple replicas, and it uses endpoint '{shared.Name}' that has TargetPort property set. "
                + "Each replica must have a unique port; setting TargetPort is not allowed.");
    }
}

/// <summary>The processes of a resource; there once the application starts.</summary>
internal sealed class ResourceInstancesAnnotation(IReadOnlyList<ResourceInstance> instances) : IResourceAnnotation
{
    public IReadOnlyList<ResourceInstance> Instances { get; } = instances;
}
