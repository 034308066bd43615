using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace Fintech.Embedded.Hosting.Redis;

internal sealed class RedisHealthCheck(RedisResource redis) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var options = ConfigurationOptions.Parse((await redis.ConnectionStringExpression.GetValueAsync(cancellationToken))!);
        options.ConnectTimeout = options.AsyncTimeout = 3000;
        options.ConnectRetry = 1;

        try
        {
            // Redis answers no PING while it loads its data, so an answer means that it is ready.
            await using var connection = await ConnectionMultiplexer.ConnectAsync(options);
            await connection.GetDatabase().PingAsync();

            return HealthCheckResult.Healthy();
        }
        catch (RedisException e)
        {
            return HealthCheckResult.Unhealthy(e.Message, e);
        }
    }
}
