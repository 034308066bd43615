using Fintech.Contracts;
using Fintech.Etl.Worker.Streaming;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Fintech.Tests.Streaming;

public sealed class LagHealthTests(Servers servers)
{
    private readonly FakeTimeProvider clock = new(DateTimeOffset.UtcNow);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_partition_that_stands_still_is_named_after_half_a_minute_and_forgotten_when_it_catches_up()
    {
        var health = Health();
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(health)).Status);
        for (var second = 0; second <= 24; second++)
        {
            Take(health, (0, 0, 0), (3, second * 10, second));
            Assert.Equal(HealthStatus.Healthy, (await CheckAsync(health)).Status);
        }

        for (var second = 25; second <= 32; second++)
            Take(health, (0, 0, 0), (3, second * 10, second));
        var degraded = await CheckAsync(health);
        Assert.Equal((HealthStatus.Degraded, "The lag grows of partition 3 (320 entries wait, the oldest for 32 s)."), (degraded.Status, degraded.Description));

        // It stays behind: not growing is not recovered.
        for (var second = 0; second < 60; second++)
            Take(health, (0, 0, 0), (3, 330, 33));
        Assert.Equal(HealthStatus.Degraded, (await CheckAsync(health)).Status);

        // It catches up, and more so when it is through.
        for (var second = 0; second < 4; second++)
            Take(health, (0, 0, 0), (3, 100, 20));
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(health)).Status);
        Take(health, (0, 0, 0), (3, 0, 0));
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(health)).Status);
    }

    [Theory]
    [InlineData("a steady trickle", "0 0.02 0 0.01")]
    [InlineData("peaks of long batches", "0 3 0.2 5 0.1")]
    [InlineData("a burst that is worked off", "0 4 8 12 9 6 3 1 0 0 0 0 0 0")]
    [InlineData("behind, but catching up", "90 89 88 87 86 85 84 83 82 81")]
    public void Lag_that_comes_and_goes_is_not_growing(string what, string seconds)
    {
        var lags = seconds.Split(' ').Select(text => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        var trend = new LagTrend();
        for (var second = 0; second < 120; second++)
            Assert.False(trend.Add(TimeSpan.FromSeconds(second), TimeSpan.FromSeconds(lags[Math.Min(second, lags.Length - 1) is var last && what == "behind, but catching up" ? last : second % lags.Length])), $"{what}, second {second}");
    }

    [Fact]
    public void A_partition_that_is_a_tenth_too_slow_is_found_out()
    {
        var trend = new LagTrend();
        var found = Enumerable.Range(0, 61).First(second => trend.Add(TimeSpan.FromSeconds(second), TimeSpan.FromSeconds(second * 0.1)));
        Assert.InRange(found, 30, 40);
    }

    [Fact]
    public async Task Lag_that_cannot_be_measured_any_more_is_said_to_be_unknown()
    {
        var health = Health();
        Take(health, (0, 0, 0));
        clock.Advance(TimeSpan.FromSeconds(40));
        var report = await CheckAsync(health);
        Assert.Equal(HealthStatus.Degraded, report.Status);
        Assert.StartsWith("The lag of the streams cannot be measured since", report.Description);
    }

    [Fact]
    public async Task Lag_is_measured_of_partitions_that_nobody_owns_and_while_the_warehouse_cannot_be_read()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        using var monitor = bench.LagMonitor();
        await bench.SendAsync(Workbench.Event("t-1"), partition: 2);
        await bench.SendAsync(Workbench.Event("t-2"), partition: 2);
        var age = DateTimeOffset.UtcNow.AddMinutes(-5).ToUnixTimeMilliseconds();
        await bench.Redis.StreamAddAsync(StreamNames.Transactions(5), StreamNames.PayloadField, "{}", messageId: $"{age}-0");
        await bench.Redis.StreamAddAsync(StreamNames.Transactions(6), StreamNames.PayloadField, "{}", messageId: "7-0");    // No time at all.
        await bench.DrainAsync(2);
        var lags = await monitor.MeasureAsync(Token);
        Assert.Equal([0, 0, 0, 0, 0, 1, 1, 0], lags.Select(lag => lag.Entries));
        Assert.InRange(lags[5].Age, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(6));
        Assert.InRange(lags[6].Age, TimeSpan.Zero, TimeSpan.FromMinutes(1));

        await bench.ExecuteAsync("alter table etl.stream_checkpoint rename to elsewhere");
        await bench.SendAsync(Workbench.Event("t-3"), partition: 2);
        Assert.Equal(1, (await monitor.MeasureAsync(Token))[2].Entries);
    }

    private LagHealth Health() => new(clock, NullLogger<LagHealth>.Instance);

    private void Take(LagHealth health, params (int Partition, long Entries, double Seconds)[] lags)
    {
        clock.Advance(TimeSpan.FromSeconds(1));
        health.Take([.. lags.Select(lag => new PartitionLag(lag.Partition, lag.Entries, TimeSpan.FromSeconds(lag.Seconds)))]);
    }

    private static Task<HealthCheckResult> CheckAsync(LagHealth health) => health.CheckHealthAsync(new HealthCheckContext(), Token);
}
