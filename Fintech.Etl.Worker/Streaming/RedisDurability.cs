using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>
/// Redis must keep what it accepted: without an append-only file a restart loses entries that a producer was told are safe.
/// It is switched on where the server lets us; where not, log, health and page say so.
/// </summary>
internal sealed partial class RedisDurability(IConnectionMultiplexer redis, ILogger<RedisDurability> logger) : IHealthCheck
{
    public const string Name = "redis-durability";

    private volatile bool refused;

    /// <returns>Whether there is an append-only file now.</returns>
    public async Task<bool> EnsureAsync(CancellationToken cancellationToken)
    {
        if (await IsAppendOnlyAsync(cancellationToken))
        {
            refused = false;
            return true;
        }

        try
        {
            await redis.GetDatabase().ExecuteAsync("CONFIG", "SET", "appendonly", "yes").WaitAsync(cancellationToken);
            LogSwitchedOn(logger);
            return true;
        }
        catch (RedisServerException e)
        {
            if (!refused)
                LogNotDurable(logger, e);
            refused = true;
            return false;
        }
    }

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return await IsAppendOnlyAsync(cancellationToken)
                ? HealthCheckResult.Healthy("Redis keeps an append-only file.")
                : HealthCheckResult.Degraded("Redis keeps no append-only file: entries it accepted are lost when it restarts.");
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            return HealthCheckResult.Degraded("Redis cannot be asked whether it keeps an append-only file.", e);
        }
    }

    /// <summary>Asks for the section that holds the line <c>aof_enabled:1</c>.</summary>
    private async Task<bool> IsAppendOnlyAsync(CancellationToken cancellationToken)
    {
        var persistence = (string?)await redis.GetDatabase().ExecuteAsync("INFO", "persistence").WaitAsync(cancellationToken);
        return persistence?.Contains("aof_enabled:1", StringComparison.Ordinal) == true;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis kept no append-only file; it was switched on")]
    private static partial void LogSwitchedOn(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Redis keeps no append-only file and does not let us switch it on: entries it accepted are lost when it restarts")]
    private static partial void LogNotDurable(ILogger logger, Exception exception);
}
