using StackExchange.Redis;

namespace Fintech.Dashboard;

internal static class RedisConnection
{
    /// <summary>
    /// Redis only rings the bell, so nothing may wait for it: without a connection commands fail at once instead of queueing, and
    /// one that does not answer is given up before the page would call itself stale.
    /// </summary>
    public static void Configure(ConfigurationOptions options)
    {
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.AsyncTimeout = 2_000;
    }
}
