using System.Text.Json;
using Fintech.Contracts;
using Fintech.Dashboard.Live;
using Fintech.Dashboard.Live.Feed;
using Xunit;

namespace Fintech.Tests.Dashboard;

public sealed class FeedSampleTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 10, 14, 30, 30, TimeSpan.Zero);

    [Fact]
    public void Percentiles_are_right_to_a_few_percent_and_weigh_large_batches()
    {
        var latencies = new LatencyHistogram();
        Assert.Null(latencies.P99(Now.AddHours(-1), Now));

        for (var i = 1; i <= 1_000; i++)
            latencies.Add(Now, TimeSpan.FromMilliseconds(i), 1);
        Assert.InRange(latencies.P99(Now.AddMinutes(-1), Now)!.Value, 990 * 0.97, 990 * 1.03);

        // One row that stands for 100,000 outweighs them.
        latencies.Add(Now.AddMinutes(-2), TimeSpan.FromMilliseconds(50), 200_000);
        Assert.InRange(latencies.P99(Now.AddMinutes(-5), Now)!.Value, 50 * 0.97, 50 * 1.03);
        Assert.InRange(latencies.P99(Now.AddMinutes(-1), Now)!.Value, 990 * 0.97, 990 * 1.03);
    }

    [Fact]
    public void Points_are_a_fair_and_bounded_sample_whatever_the_rate()
    {
        var feed = new FeedSample(new Random(7));
        var points = new PointRing();

        // 60 s of two batches a second: one large, one small, whose rows stand for 500 and for 1 transaction each.
        for (var tick = 0; tick < 120; tick++)
        {
            var at = Now.AddMilliseconds(tick * 500);
            feed.Add(Entry(at, 10_000, Rows($"large-{tick}", 20, at)));
            feed.Add(Entry(at, 20, Rows($"small-{tick}", 20, at)));
            feed.MoveTo(points, at);
            points.Trim(at);
        }

        var all = points.All().Points;
        Assert.InRange(all.Count, 60 * 8, 60 * 8 + 120);
        var late = all.Where(point => point.At >= Now.AddSeconds(55)).ToList();
        Assert.InRange(late.Count, 30, 50);

        // Of 501 transactions one is from a small batch: more than a few such points would be no fair sample.
        Assert.InRange(late.Count(point => point.Id.StartsWith("small-", StringComparison.Ordinal)), 0, 3);
    }

    [Fact]
    public void A_quiet_stream_is_shown_row_by_row_and_the_newest_twenty_are_listed()
    {
        var feed = new FeedSample(new Random(7));
        var points = new PointRing();
        feed.MoveTo(points, Now);
        for (var i = 1; i <= 100; i++)
        {
            feed.Add(Entry(Now.AddSeconds(i), 1, Rows($"t-{i}", 1, Now.AddSeconds(i))));
            feed.MoveTo(points, Now.AddSeconds(i));
        }

        Assert.Equal(100, points.All().Points.Count);
        Assert.Equal(Enumerable.Range(81, 20).Reverse().Select(i => $"t-{i}-0"), feed.Latest.Select(item => item.Id));
    }

    [Fact]
    public void A_bell_needs_no_traces()
    {
        const string json = """{"partition":3,"from":"1-0","to":"2-0","count":0,"committed_at":"2026-03-10T14:30:30Z","sample":[],"alerts":[]}""";
        var entry = JsonSerializer.Deserialize(json, ContractsJson.Default.FeedEntry)!;
        Assert.Empty(entry.Traces);
    }

    private static FeedTransaction[] Rows(string id, int count, DateTimeOffset at) =>
        [.. Enumerable.Range(0, count).Select(i => new FeedTransaction
        {
            TransactionId = $"{id}-{i}",
            CustomerId = i,
            Amount = 10.00m,
            Currency = "USD",
            MerchantName = "Corner Cafe",
            Category = "Restaurants",
            OccurredAt = at,
            ReceivedAt = at,
        })];

    private static FeedEntry Entry(DateTimeOffset at, int count, FeedTransaction[] rows) => new()
    {
        Partition = 0,
        From = "0-0",
        To = "0-0",
        Count = count,
        CommittedAt = at,
        Sample = rows,
        Alerts = [],
    };
}
