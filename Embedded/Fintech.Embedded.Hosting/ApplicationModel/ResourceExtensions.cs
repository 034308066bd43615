using System.Diagnostics.CodeAnalysis;
using Fintech.Embedded.Hosting.Running;

namespace Aspire.Hosting.ApplicationModel;

public static class ResourceExtensions
{
    public static bool TryGetLastAnnotation<T>(this IResource resource, [NotNullWhen(true)] out T? annotation) where T : IResourceAnnotation
    {
        annotation = resource.Annotations.OfType<T>().LastOrDefault();
        return annotation is not null;
    }

    public static bool TryGetAnnotationsOfType<T>(this IResource resource, [NotNullWhen(true)] out IEnumerable<T>? result) where T : IResourceAnnotation
    {
        result = resource.Annotations.OfType<T>().ToArray() is { Length: > 0 } found ? found : null;
        return result is not null;
    }

    public static bool HasAnnotationOfType<T>(this IResource resource) where T : IResourceAnnotation => resource.Annotations.OfType<T>().Any();

    public static IEnumerable<EndpointReference> GetEndpoints(this IResourceWithEndpoints resource) =>
        resource.Annotations.OfType<EndpointAnnotation>().Select(e => new EndpointReference(resource, e.Name));

    public static EndpointReference GetEndpoint(this IResourceWithEndpoints resource, string endpointName) => new(resource, endpointName);

    public static int GetReplicaCount(this IResource resource) => resource.TryGetLastAnnotation<ReplicaAnnotation>(out var annotation) ? annotation.Replicas : 1;

    /// <summary>The ids under which its processes are known: its own name, or one for each replica.</summary>
    public static string[] GetResolvedResourceNames(this IResource resource) =>
        resource.TryGetLastAnnotation<ResourceInstancesAnnotation>(out var started) ? [.. started.Instances.Select(i => i.Id)] : [resource.Name];

    /// <summary>The environment that the resource's process is started with, as far as the model sets it.</summary>
    public static async ValueTask<Dictionary<string, string>> GetEnvironmentVariableValuesAsync(
        this IResourceWithEnvironment resource, DistributedApplicationOperation applicationOperation = DistributedApplicationOperation.Run)
    {
        return await resource.ResolveEnvironmentAsync(new(applicationOperation), CancellationToken.None);
    }

    internal static async Task<Dictionary<string, string>> ResolveEnvironmentAsync(
        this IResource resource, DistributedApplicationExecutionContext executionContext, CancellationToken cancellationToken)
    {
        var context = new EnvironmentCallbackContext(executionContext, resource, cancellationToken: cancellationToken);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToArray())
            await annotation.Callback(context);

        var values = new Dictionary<string, string>();
        foreach (var (name, value) in context.EnvironmentVariables)
            if (await ResolveAsync(value, cancellationToken) is { } text)
                values[name] = text;

        return values;
    }

    internal static async Task<IReadOnlyList<string>> ResolveArgumentsAsync(
        this IResource resource, DistributedApplicationExecutionContext executionContext, CancellationToken cancellationToken)
    {
        var context = new CommandLineArgsCallbackContext([], resource, cancellationToken) { ExecutionContext = executionContext };
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>().ToArray())
            await annotation.Callback(context);

        var values = new List<string>();
        foreach (var value in context.Args)
            if (await ResolveAsync(value, cancellationToken) is { } text)
                values.Add(text);

        return values;
    }

    private static async Task<string?> ResolveAsync(object value, CancellationToken cancellationToken) => value switch
    {
        string text => text,
        IResourceBuilder<IResourceWithConnectionString> builder => await builder.Resource.GetConnectionStringAsync(cancellationToken),
        IValueProvider provider => await provider.GetValueAsync(cancellationToken),
        IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        _ => throw new DistributedApplicationException($"A value of type {value.GetType().Name} cannot be handed to a process."),
    };
}
