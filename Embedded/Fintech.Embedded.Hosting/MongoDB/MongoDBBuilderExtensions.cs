using Aspire.Hosting.ApplicationModel;
using Fintech.Embedded.Hosting.MongoDB;
using Fintech.Embedded.Hosting.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

public static class MongoDBBuilderExtensions
{
    public static IResourceBuilder<MongoDBServerResource> AddMongoDB(this IDistributedApplicationBuilder builder, string name, int? port) =>
        builder.AddMongoDB(name, port, userName: null, password: null);

    public static IResourceBuilder<MongoDBServerResource> AddMongoDB(
        this IDistributedApplicationBuilder builder, string name, int? port = null,
        IResourceBuilder<ParameterResource>? userName = null, IResourceBuilder<ParameterResource>? password = null)
    {
        var passwordParameter = password?.Resource
            ?? ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{name}-password", special: false);
        var server = new MongoDBServerResource(name, userName?.Resource, passwordParameter);
        var process = new MongoProcess(server);

        return builder.AddResource(server)
            .WithEndpoint(port: port, targetPort: 27017, name: MongoDBServerResource.PrimaryEndpointName)
            .StartsWith(process.PrepareAsync)
            .OnceRunning(process.CreateFirstUserAsync)
            .WithPingHealthCheck(builder, server, "admin");
    }

    /// <summary>MongoDB makes a database with its first document, so there is nothing to create.</summary>
    public static IResourceBuilder<MongoDBDatabaseResource> AddDatabase(
        this IResourceBuilder<MongoDBServerResource> builder, string name, string? databaseName = null)
    {
        var database = new MongoDBDatabaseResource(name, databaseName ?? name, builder.Resource);
        builder.Resource.AddDatabase(name, database.DatabaseName);

        return builder.ApplicationBuilder.AddResource(database)
            .StartsWith((_, _) => Task.FromResult<ProcessSpec?>(null))
            .WithPingHealthCheck(builder.ApplicationBuilder, builder.Resource, database.DatabaseName);
    }

    public static IResourceBuilder<MongoDBServerResource> WithDataVolume(
        this IResourceBuilder<MongoDBServerResource> builder, string? name = null, bool isReadOnly = false) =>
        builder.WithAnnotation(new ContainerMountAnnotation(name, "/data/db", ContainerMountType.Volume, isReadOnly));

    private static IResourceBuilder<T> WithPingHealthCheck<T>(
        this IResourceBuilder<T> resource, IDistributedApplicationBuilder builder, MongoDBServerResource server, string database) where T : IResource
    {
        var key = $"{resource.Resource.Name}_check";
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(key, new MongoHealthCheck(server, database), failureStatus: null, tags: null));

        return resource.WithHealthCheck(key);
    }
}
