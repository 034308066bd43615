using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace Fintech.Producer.Ingest;

/// <summary>How fast the holder of a key may send: in transactions, since a request may hold one or thousands.</summary>
internal sealed class IngestRates(IOptionsMonitor<IngestOptions> options) : IDisposable
{
    private const int SlicesPerSecond = 10;

    private readonly PartitionedRateLimiter<string> limiter = PartitionedRateLimiter.Create<string, string>(key =>
    {
        var (rate, most) = (options.CurrentValue.RatePerKey, options.CurrentValue.MaxTransactions);
        var slice = Math.Max(1, rate / SlicesPerSecond);
        return RateLimitPartition.GetTokenBucketLimiter(key, _ => new TokenBucketRateLimiterOptions
        {
            // Two seconds' worth, and no less than one request may hold.
            TokenLimit = Math.Max(2 * rate, most),
            TokensPerPeriod = slice,
            ReplenishmentPeriod = TimeSpan.FromSeconds((double)slice / rate),
            QueueLimit = 0,
        });
    });

    public RateLimitLease TryTake(string key, int transactions) => limiter.AttemptAcquire(key, transactions);

    public void Dispose() => limiter.Dispose();
}
