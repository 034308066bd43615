using Aspire.MongoDB.Driver;
using Fintech.Embedded.Clients;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using MongoDB.Bson;
using MongoDB.Driver;
using MongoDB.Driver.Core.Configuration;
using OpenTelemetry.Trace;

namespace Microsoft.Extensions.Hosting;

public static class AspireMongoDBDriverExtensions
{
    private const string Section = "Aspire:MongoDB:Driver";

    // The driver's own source. Aspire, built with an older driver, listens to that of a package that wrapped it.
    private const string ActivitySource = "MongoDB.Driver";

    public static void AddMongoDBClient(
        this IHostApplicationBuilder builder, string connectionName,
        Action<MongoDBSettings>? configureSettings = null, Action<MongoClientSettings>? configureClientSettings = null) =>
        Add(builder, connectionName, serviceKey: null, configureSettings, configureClientSettings);

    public static void AddKeyedMongoDBClient(
        this IHostApplicationBuilder builder, string name,
        Action<MongoDBSettings>? configureSettings = null, Action<MongoClientSettings>? configureClientSettings = null) =>
        Add(builder, name, serviceKey: name, configureSettings, configureClientSettings);

    private static void Add(
        IHostApplicationBuilder builder, string name, string? serviceKey,
        Action<MongoDBSettings>? configureSettings, Action<MongoClientSettings>? configureClientSettings)
    {
        var settings = ClientSettings.Read(builder.Configuration, Section, name, (s, value) => s.ConnectionString = value, configureSettings);

        builder.Services.AddKeyedSingleton<IMongoClient>(serviceKey, (services, _) =>
        {
            var client = MongoClientSettings.FromConnectionString(ClientSettings.Require(settings.ConnectionString, Section, name));
            configureClientSettings?.Invoke(client);
            client.LoggingSettings ??= new LoggingSettings(services.GetService<ILoggerFactory>());

            return new MongoClient(client);
        });

        // mongodb://…/merchants names a database, mongodb://… does not.
        if (!string.IsNullOrWhiteSpace(settings.ConnectionString) && MongoUrl.Create(settings.ConnectionString).DatabaseName is { Length: > 0 } database)
            builder.Services.AddKeyedSingleton(serviceKey, (services, key) => services.GetRequiredKeyedService<IMongoClient>(key).GetDatabase(database));

        if (!settings.DisableHealthChecks && !string.IsNullOrWhiteSpace(settings.ConnectionString))
            builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
                serviceKey is null ? "MongoDB.Driver" : $"MongoDB.Driver_{name}",
                services => new MongoHealthCheck(
                    services.GetRequiredKeyedService<IMongoClient>(serviceKey), MongoUrl.Create(settings.ConnectionString).DatabaseName ?? "admin"),
                failureStatus: null,
                tags: null,
                timeout: settings.HealthCheckTimeout is > 0 and { } timeout ? TimeSpan.FromMilliseconds(timeout) : null));

        if (!settings.DisableTracing)
            builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddSource(ActivitySource));
    }

    private sealed class MongoHealthCheck(IMongoClient client, string database) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await client.GetDatabase(database).RunCommandAsync<BsonDocument>(new BsonDocument("ping", 1), cancellationToken: cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                return new HealthCheckResult(context.Registration.FailureStatus, e.Message, e);
            }
        }
    }
}
