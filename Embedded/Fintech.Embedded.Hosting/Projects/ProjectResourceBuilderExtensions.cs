using Aspire.Hosting.ApplicationModel;
using Fintech.Embedded.Hosting;
using Fintech.Embedded.Hosting.Running;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

public static class ProjectResourceBuilderExtensions
{
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new() => builder.AddProject<TProject>(name, builder.Configuration["DOTNET_LAUNCH_PROFILE"]);

    public static IResourceBuilder<ProjectResource> AddProject<TProject>(
        this IDistributedApplicationBuilder builder, string name, string? launchProfileName) where TProject : IProjectMetadata, new()
    {
        IProjectMetadata metadata = new TProject();
        var project = builder.AddResource(new ProjectResource(name)).WithAnnotation(metadata).WithAnnotation(new StartupAnnotation(StartAsync));

        var settings = metadata.LaunchSettings ?? LaunchSettings.Read(Path.GetDirectoryName(metadata.ProjectPath)!);
        if (settings?.Choose(launchProfileName) is { } profile)
            project.WithLaunchProfile(profile.Key, profile.Value);

        return project.WithListeningUrls().WithOtlpSettings();
    }

    /// <summary>
    /// So many processes behind one address, which spreads connections over them. Each is restarted alone, and what waits for the project waits for all.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithReplicas(this IResourceBuilder<ProjectResource> builder, int replicas) =>
        builder.WithAnnotation(new ReplicaAnnotation(replicas));

    private static void WithLaunchProfile(this IResourceBuilder<ProjectResource> project, string name, LaunchProfile profile)
    {
        foreach (var url in (profile.ApplicationUrl ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var address = BindingAddress.Parse(url);
            project.WithEndpoint(address.Scheme, endpoint =>
            {
                endpoint.UriScheme = address.Scheme;
                endpoint.Port = address.Port;
            });
        }

        project.WithEnvironment(context =>
        {
            context.EnvironmentVariables.TryAdd("DOTNET_LAUNCH_PROFILE", name);
            foreach (var (variable, value) in profile.EnvironmentVariables)
                context.EnvironmentVariables.TryAdd(variable, Environment.ExpandEnvironmentVariables(value));
        });
    }

    private static IResourceBuilder<ProjectResource> WithListeningUrls(this IResourceBuilder<ProjectResource> project) =>
        project.WithEnvironment(context =>
        {
            var urls = new ReferenceExpressionBuilder();
            foreach (var endpoint in project.Resource.GetEndpoints().Where(e => e.Scheme is "http" or "https"))
                urls.Append($"{(urls.IsEmpty ? "" : ";")}{endpoint.Scheme}://{endpoint.EndpointAnnotation.TargetHost}:{endpoint.Property(EndpointProperty.TargetPort)}");

            if (!urls.IsEmpty)
                context.EnvironmentVariables.TryAdd("ASPNETCORE_URLS", urls.Build());
        });

    /// <summary>
    /// Aspire points every project at its dashboard. There is none here, so the collector that the AppHost's own environment names
    /// (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>) takes its place, or the host itself: see <see cref="TelemetryReceiver"/>.
    /// </summary>
    private static IResourceBuilder<ProjectResource> WithOtlpSettings(this IResourceBuilder<ProjectResource> project) =>
        project.WithEnvironment(context =>
        {
            var configuration = project.ApplicationBuilder.Configuration;
            var variables = context.EnvironmentVariables;

            if (configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 } endpoint)
            {
                variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint;
                variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = configuration["OTEL_EXPORTER_OTLP_PROTOCOL"] ?? "grpc";
                if (configuration["OTEL_EXPORTER_OTLP_HEADERS"] is { Length: > 0 } headers)
                    variables["OTEL_EXPORTER_OTLP_HEADERS"] = headers;
            }

            variables["OTEL_SERVICE_NAME"] = project.Resource.Name;
            variables["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={ResourceInstance.ServiceIdTemplate}";

            if (!project.ApplicationBuilder.Environment.IsDevelopment())
                return;

            variables["OTEL_BSP_SCHEDULE_DELAY"] = "1000";
            variables["OTEL_BLRP_SCHEDULE_DELAY"] = "1000";
            variables["OTEL_METRIC_EXPORT_INTERVAL"] = "1000";
            variables["OTEL_TRACES_SAMPLER"] = "always_on";
            variables["OTEL_METRICS_EXEMPLAR_FILTER"] = "trace_based";
        });

    /// <summary>Runs what the build of the AppHost has just built, in the project's folder, where its appsettings.json and wwwroot are.</summary>
    private static Task<ProcessSpec?> StartAsync(StartContext start, CancellationToken cancellationToken)
    {
        var metadata = start.Resource.Annotations.OfType<IProjectMetadata>().Single();
        if (metadata is not BuiltProject built)
            throw new DistributedApplicationException(
                $"Project '{start.Resource.Name}' ({metadata.ProjectPath}) is not a project reference of the AppHost, so its program is not known.");
        if (!File.Exists(built.TargetPath))
            throw new DistributedApplicationException($"Project '{start.Resource.Name}' is not built: {built.TargetPath} does not exist. Build the AppHost.");

        return Task.FromResult<ProcessSpec?>(DotnetProgram.Run(built.TargetPath, start.Arguments) with
        {
            Environment = start.EnvironmentForService(),
            WorkingDirectory = Path.GetDirectoryName(built.ProjectPath)!,
            Restart = Restart.AfterFailure,
        });
    }
}
