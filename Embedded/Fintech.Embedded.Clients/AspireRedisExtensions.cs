using Aspire.StackExchange.Redis;
using Fintech.Embedded.Clients;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Microsoft.Extensions.Hosting;

/// <summary>
/// No spans for Redis commands here: they come from OpenTelemetry.Instrumentation.StackExchangeRedis, a prerelease that restricted feeds do not
/// carry. The spans that carry an event from producer to dashboard are the services' own and are there either way.
/// </summary>
public static class AspireRedisExtensions
{
    private const string Section = "Aspire:StackExchange:Redis";

    public static void AddRedisClient(
        this IHostApplicationBuilder builder, string connectionName,
        Action<StackExchangeRedisSettings>? configureSettings = null, Action<ConfigurationOptions>? configureOptions = null) =>
        Add(builder, connectionName, serviceKey: null, configureSettings, configureOptions);

    public static void AddKeyedRedisClient(
        this IHostApplicationBuilder builder, string name,
        Action<StackExchangeRedisSettings>? configureSettings = null, Action<ConfigurationOptions>? configureOptions = null) =>
        Add(builder, name, serviceKey: name, configureSettings, configureOptions);

    private static void Add(
        IHostApplicationBuilder builder, string name, string? serviceKey,
        Action<StackExchangeRedisSettings>? configureSettings, Action<ConfigurationOptions>? configureOptions)
    {
        var configuration = builder.Configuration;
        var settings = ClientSettings.Read(configuration, Section, name, (s, value) => s.ConnectionString = value, configureSettings);

        builder.Services.AddKeyedSingleton<IConnectionMultiplexer>(serviceKey, (services, _) =>
        {
            var connectionString = ClientSettings.Require(settings.ConnectionString, Section, name);
            var options = ConfigurationOptions.Parse(connectionString);

            // A Redis that is away for a moment must not keep a service from starting: the multiplexer goes on trying.
            if (!connectionString.Contains("abortConnect", StringComparison.OrdinalIgnoreCase))
                options.AbortOnConnectFail = false;

            configuration.GetSection($"{Section}:ConfigurationOptions").Bind(options);
            configuration.GetSection($"{Section}:{name}:ConfigurationOptions").Bind(options);
            configureOptions?.Invoke(options);
            options.LoggerFactory ??= services.GetService<ILoggerFactory>();

            return ConnectionMultiplexer.Connect(options);
        });

        if (!settings.DisableHealthChecks)
            builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
                serviceKey is null ? "StackExchange.Redis" : $"StackExchange.Redis_{name}",
                services => new RedisHealthCheck(services.GetRequiredKeyedService<IConnectionMultiplexer>(serviceKey)),
                failureStatus: null,
                tags: null));
    }

    private sealed class RedisHealthCheck(IConnectionMultiplexer connection) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await connection.GetDatabase().PingAsync().WaitAsync(cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                return new HealthCheckResult(context.Registration.FailureStatus, e.Message, e);
            }
        }
    }
}
