using Fintech.Contracts;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Fintech.Producer.Streams;

/// <summary>
/// Asks Redis how full the streams are. While it is away the last answer stands: nothing can be sent then anyway, and who tries says so.
/// </summary>
internal sealed partial class CeilingService(
    IConnectionMultiplexer redis, StreamCeiling ceiling, IOptions<StreamOptions> options, TimeProvider time, ILogger<CeilingService> logger)
    : BackgroundService
{
    private readonly IDatabase database = redis.GetDatabase();
    private readonly int partitions = options.Value.Partitions;
    private bool bytesRefused;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Ceiling.Interval, time);
        var failed = false;
        do
        {
            try
            {
                await LookAsync(stoppingToken);
                failed = false;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                if (!failed)
                    LogUnknown(exception);
                failed = true;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var included = ceiling.SentSoFar();
        var looks = Enumerable.Range(0, partitions).Select(LookAsync).ToList();
        ceiling.Look(await Task.WhenAll(looks).WaitAsync(cancellationToken), included);
    }

    private async Task<StreamFill> LookAsync(int partition)
    {
        RedisKey key = StreamNames.Transactions(partition);
        var (length, bytes) = (database.StreamLengthAsync(key), BytesOfAsync(key));
        return new StreamFill(await length, await bytes);
    }

    /// <summary>Zero where the server does not tell: some hosted ones know no MEMORY. Then the ceiling is one of entries alone.</summary>
    private async Task<long> BytesOfAsync(RedisKey key)
    {
        if (bytesRefused)
            return 0;

        try
        {
            return (long?)await database.ExecuteAsync("MEMORY", "USAGE", key) ?? 0;    // Null where there is no such stream yet.
        }
        catch (RedisServerException exception)
        {
            if (!Interlocked.Exchange(ref bytesRefused, true))
                LogNoBytes(exception);
            return 0;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Redis could not be asked how full the streams are; its last answer stands")]
    private partial void LogUnknown(Exception exception);

    [LoggerMessage(LogLevel.Warning, "Redis does not tell the memory its streams take: the ceiling counts their entries alone")]
    private partial void LogNoBytes(Exception exception);
}
