using Aspire.Hosting.ApplicationModel;
using Fintech.Embedded.Hosting.Postgres;
using Fintech.Embedded.Hosting.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

public static class PostgresBuilderExtensions
{
    public static IResourceBuilder<PostgresServerResource> AddPostgres(
        this IDistributedApplicationBuilder builder, string name,
        IResourceBuilder<ParameterResource>? userName = null, IResourceBuilder<ParameterResource>? password = null, int? port = null)
    {
        var passwordParameter = password?.Resource ?? ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{name}-password");
        var server = new PostgresServerResource(name, userName?.Resource, passwordParameter);
        var process = new PostgresProcess(server);

        return builder.AddResource(server)
            .WithEndpoint(port: port, targetPort: 5432, name: PostgresServerResource.PrimaryEndpointName)
            .StartsWith(process.PrepareAsync)
            .OnceRunning((_, cancellationToken) => process.RequirePasswordAsync(cancellationToken))
            .WithConnectionHealthCheck(builder, () => process.ConnectionStringAsync("postgres"));
    }

    /// <summary>Created, empty, as soon as the server is ready, unless it is there already.</summary>
    public static IResourceBuilder<PostgresDatabaseResource> AddDatabase(
        this IResourceBuilder<PostgresServerResource> builder, string name, string? databaseName = null)
    {
        var database = new PostgresDatabaseResource(name, databaseName ?? name, builder.Resource);
        var process = new PostgresProcess(builder.Resource);
        builder.Resource.AddDatabase(name, database.DatabaseName);

        return builder.ApplicationBuilder.AddResource(database)
            .StartsWith((_, _) => Task.FromResult<ProcessSpec?>(null))
            .OnceRunning((_, cancellationToken) => process.CreateDatabaseAsync(database.DatabaseName, cancellationToken))
            .WithConnectionHealthCheck(builder.ApplicationBuilder, () => process.ConnectionStringAsync(database.DatabaseName));
    }

    public static IResourceBuilder<PostgresServerResource> WithDataVolume(
        this IResourceBuilder<PostgresServerResource> builder, string? name = null, bool isReadOnly = false) =>
        builder.WithAnnotation(new ContainerMountAnnotation(name, "/var/lib/postgresql", ContainerMountType.Volume, isReadOnly));

    public static IResourceBuilder<PostgresServerResource> WithHostPort(this IResourceBuilder<PostgresServerResource> builder, int? port) =>
        builder.WithEndpoint(PostgresServerResource.PrimaryEndpointName, endpoint => endpoint.Port = port);

    private static IResourceBuilder<T> WithConnectionHealthCheck<T>(
        this IResourceBuilder<T> resource, IDistributedApplicationBuilder builder, Func<Task<string>> connectionString) where T : IResource
    {
        var key = $"{resource.Resource.Name}_check";
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(key, new PostgresHealthCheck(connectionString), failureStatus: null, tags: null));

        return resource.WithHealthCheck(key);
    }
}
