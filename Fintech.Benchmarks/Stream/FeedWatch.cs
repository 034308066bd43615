using System.Text.Json;
using Fintech.Contracts;
using StackExchange.Redis;

namespace Fintech.Benchmarks.Stream;

/// <summary>
/// Follows the feed, as the dashboard does. Each bell tells how many transactions were committed and shows a fair sample of them: the
/// time from a sampled row's arrival to the bell's own entry id is by one clock, that of Redis.
/// </summary>
internal sealed class FeedWatch(IDatabase redis)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private long committed;
    private volatile bool measuring;

    public long Committed => Volatile.Read(ref committed);

    /// <summary>Until the commit has come through, by the worker's clock.</summary>
    public Latencies ToCommit { get; } = new();

    public Latencies ToFeed { get; } = new();

    public int Batches { get; private set; }

    /// <summary>Between these, latencies are taken.</summary>
    public void Begin() => measuring = true;

    public void End() => measuring = false;

    public async Task RunAsync(CancellationToken ending)
    {
        var position = (RedisValue)"0-0";
        while (!ending.IsCancellationRequested)
        {
            var entries = await redis.StreamReadAsync(StreamNames.Feed, position, 1_000);
            foreach (var entry in entries)
                Take(entry);
            if (entries.Length > 0)
                position = entries[^1].Id;
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    private void Take(StreamEntry entry)
    {
        var bell = JsonSerializer.Deserialize((byte[])entry[StreamNames.PayloadField]!, ContractsJson.Default.FeedEntry)!;
        Volatile.Write(ref committed, committed + bell.Count);
        if (!measuring)
            return;

        Batches++;
        var rung = long.Parse(((string)entry.Id!).Split('-')[0], System.Globalization.CultureInfo.InvariantCulture);
        foreach (var row in bell.Sample)
        {
            var weight = (double)bell.Count / bell.Sample.Count;
            ToCommit.Add((long)(bell.CommittedAt - row.ReceivedAt).TotalMilliseconds, weight);
            ToFeed.Add(rung - row.ReceivedAt.ToUnixTimeMilliseconds(), weight);
        }
    }
}
