using Fintech.Contracts;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Fintech.Producer.PubSub;

/// <summary>
/// Who listens to the channel, one process at a time: a key that holds the owner's name and expires unless it is renewed. The owner
/// counts from before it asked, so that it stops before Redis lets the next one in. Two at once would still be harmless: the worker
/// recognises the second entry by its id. So the lease saves work, and decides nothing.
/// </summary>
internal sealed class PubSubLease(IConnectionMultiplexer redis, IOptions<PubSubOptions> options, TimeProvider time)
{
    private static readonly RedisKey Key = $"{StreamNames.LegacyChannel}:owner";

    private readonly IDatabase database = redis.GetDatabase();
    private readonly TimeSpan length = options.Value.Lease;
    private readonly RedisValue owner = $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():n}";
    private long renewed;

    public TimeSpan RenewalInterval => length / 3;

    public async Task<bool> TryTakeAsync(CancellationToken cancellationToken)
    {
        var asked = time.GetTimestamp();
        if (!await database.LockTakeAsync(Key, owner, length).WaitAsync(cancellationToken))
            return false;

        renewed = asked;
        return true;
    }

    /// <summary>Returns once the lease is no longer ours, or may not be.</summary>
    public async Task HoldAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(RenewalInterval, time, cancellationToken);
            var asked = time.GetTimestamp();
            try
            {
                // Extends it only where the key still holds our name.
                if (!await database.LockExtendAsync(Key, owner, length).WaitAsync(cancellationToken))
                    return;
                renewed = asked;
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                if (time.GetElapsedTime(renewed) + RenewalInterval >= length)
                    return;
            }
        }
    }

    /// <summary>At an ordered stop, so that the next owner need not wait.</summary>
    public async Task ReleaseAsync()
    {
        try
        {
            await database.LockReleaseAsync(Key, owner);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // Then it expires.
        }
    }
}
