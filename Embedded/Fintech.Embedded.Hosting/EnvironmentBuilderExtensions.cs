using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>What a process is given: variables, arguments, and the addresses of what it refers to.</summary>
public static partial class ResourceBuilderExtensions
{
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value) where T : IResourceWithEnvironment =>
        builder.WithEnvironment(context => context.EnvironmentVariables[name] = value ?? "");

    public static IResourceBuilder<T> WithEnvironment<T>(
        this IResourceBuilder<T> builder, string name, in ReferenceExpression.ExpressionInterpolatedStringHandler value) where T : IResourceWithEnvironment =>
        builder.WithEnvironment(name, ReferenceExpression.Create(value));

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, ReferenceExpression value)
        where T : IResourceWithEnvironment => builder.WithEnvironment(context => context.EnvironmentVariables[name] = value);

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, Func<string> callback)
        where T : IResourceWithEnvironment => builder.WithEnvironment(context => context.EnvironmentVariables[name] = callback());

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, EndpointReference endpointReference)
        where T : IResourceWithEnvironment => builder.WithEnvironment(context => context.EnvironmentVariables[name] = endpointReference);

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, IResourceBuilder<ParameterResource> parameter)
        where T : IResourceWithEnvironment => builder.WithEnvironment(context => context.EnvironmentVariables[name] = parameter.Resource);

    public static IResourceBuilder<T> WithEnvironment<T>(
        this IResourceBuilder<T> builder, string envVarName, IResourceBuilder<IResourceWithConnectionString> resource) where T : IResourceWithEnvironment =>
        builder.WithEnvironment(context => context.EnvironmentVariables[envVarName] = new ConnectionStringReference(resource.Resource, optional: false));

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, Action<EnvironmentCallbackContext> callback)
        where T : IResourceWithEnvironment => builder.WithAnnotation(new EnvironmentCallbackAnnotation(callback));

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, Func<EnvironmentCallbackContext, Task> callback)
        where T : IResourceWithEnvironment => builder.WithAnnotation(new EnvironmentCallbackAnnotation(callback));

    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, params string[] args) where T : IResourceWithArgs =>
        builder.WithArgs(context => AddAll(context, args));

    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, params object[] args) where T : IResourceWithArgs =>
        builder.WithArgs(context => AddAll(context, args));

    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, Action<CommandLineArgsCallbackContext> callback)
        where T : IResourceWithArgs => builder.WithArgs(context => { callback(context); return Task.CompletedTask; });

    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, Func<CommandLineArgsCallbackContext, Task> callback)
        where T : IResourceWithArgs => builder.WithAnnotation(new CommandLineArgsCallbackAnnotation(callback));

    /// <summary>Injects <c>ConnectionStrings__{name}</c> and one <c>{NAME}_{PROPERTY}</c> for each part of it.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithConnectionString> source, string? connectionName = null, bool optional = false)
        where TDestination : IResourceWithEnvironment
    {
        var resource = source.Resource;
        connectionName ??= resource.Name;

        builder.WithAnnotation(new ResourceRelationshipAnnotation(resource, "Reference"));
        return builder.WithEnvironment(context =>
        {
            var variables = context.EnvironmentVariables;
            variables[resource.ConnectionStringEnvironmentVariable ?? $"ConnectionStrings__{connectionName}"] = new ConnectionStringReference(resource, optional);

            var prefix = connectionName.Length == 0 ? "" : $"{EncodeVariableName(connectionName)}_";
            foreach (var (property, value) in resource.GetConnectionProperties())
                variables[prefix + property.ToUpperInvariant()] = value;
        });
    }

    /// <summary>Injects <c>services__{name}__{scheme}__{index}</c> and <c>{NAME}_{ENDPOINT}</c> for each endpoint.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where TDestination : IResourceWithEnvironment
    {
        var service = source.Resource;

        builder.WithAnnotation(new ResourceRelationshipAnnotation(service, "Reference"));
        return builder.WithEnvironment(context =>
        {
            foreach (var endpoint in service.GetEndpoints())
                InjectEndpoint(context.EnvironmentVariables, service.Name, endpoint);
        });
    }

    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, EndpointReference endpointReference)
        where TDestination : IResourceWithEnvironment
    {
        builder.WithAnnotation(new ResourceRelationshipAnnotation(endpointReference.Resource, "Reference"));
        return builder.WithEnvironment(context =>
            InjectEndpoint(context.EnvironmentVariables, endpointReference.Resource.Name, endpointReference));
    }

    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, string name, Uri uri)
        where TDestination : IResourceWithEnvironment
    {
        if (!uri.IsAbsoluteUri)
            throw new InvalidOperationException($"The URI of service '{name}', which '{builder.Resource.Name}' refers to, must be absolute.");

        return builder
            .WithEnvironment($"services__{name}__default__0", uri.ToString())
            .WithEnvironment(EncodeVariableName(name), uri.ToString());
    }

    private static void InjectEndpoint(Dictionary<string, object> variables, string serviceName, EndpointReference endpoint)
    {
        variables[$"{EncodeVariableName(serviceName)}_{EncodeVariableName(endpoint.EndpointName)}"] = endpoint;

        // An endpoint that is named for its scheme is found under the scheme, any other under its name.
        var key = endpoint.EndpointName is "http" or "https" ? endpoint.Scheme : endpoint.EndpointName;
        var index = 0;
        while (variables.ContainsKey($"services__{serviceName}__{key}__{index}"))
            index++;

        variables[$"services__{serviceName}__{key}__{index}"] = endpoint;
    }

    private static void AddAll(CommandLineArgsCallbackContext context, IEnumerable<object> args)
    {
        foreach (var arg in args)
            context.Args.Add(arg);
    }

    /// <summary>etl-worker -> ETL_WORKER; a digit cannot begin a name.</summary>
    private static string EncodeVariableName(string name)
    {
        var encoded = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToUpperInvariant(c) : '_'));
        return encoded.Length > 0 && char.IsAsciiDigit(encoded[0]) ? "_" + encoded : encoded;
    }
}
