namespace Fintech.Dashboard.Live.Feed;

/// <summary>
/// Latencies of sampled transactions, from arrival to commit, in buckets that grow by 5 % (so a percentile is right to 2.5 %),
/// one set of buckets a minute, for a day. Its size depends on neither rate nor latency.
/// </summary>
internal sealed class LatencyHistogram
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);
    private static readonly double Growth = Math.Log(1.05);

    /// <summary>The last bucket holds everything from seven hours up.</summary>
    private const int Buckets = 350;

    private readonly SortedDictionary<DateTimeOffset, double[]> minutes = [];

    /// <param name="weight">How many transactions the sampled one stands for.</param>
    public void Add(DateTimeOffset committedAt, TimeSpan latency, double weight)
    {
        var minute = LiveWindow.MinuteOf(committedAt);
        if (!minutes.TryGetValue(minute, out var buckets))
        {
            minutes.Add(minute, buckets = new double[Buckets]);
            while (minutes.First().Key is var oldest && minutes.Last().Key - oldest > Kept)
                minutes.Remove(oldest);
        }

        // The clock that gave the entry its id and the worker's may disagree by a little: not earlier than arrived.
        var milliseconds = Math.Max(1, latency.TotalMilliseconds);
        buckets[Math.Min((int)(Math.Log(milliseconds) / Growth), Buckets - 1)] += weight;
    }

    /// <summary>The 99th percentile in milliseconds over whole minutes; null without a sample.</summary>
    public double? P99(DateTimeOffset fromMinute, DateTimeOffset toMinute)
    {
        var buckets = new double[Buckets];
        foreach (var (minute, counts) in minutes)
        {
            if (minute < fromMinute || minute > toMinute)
                continue;

            for (var i = 0; i < Buckets; i++)
                buckets[i] += counts[i];
        }

        var total = buckets.Sum();
        if (total == 0)
            return null;

        var rank = 0.99 * total;
        var index = 0;
        for (var below = buckets[0]; below < rank && index < Buckets - 1; below += buckets[index])
            index++;

        return Math.Exp((index + 0.5) * Growth);
    }
}
