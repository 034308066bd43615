using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Fintech.Contracts;
using Fintech.Producer.Live;
using Xunit;

namespace Fintech.Tests.Producer;

/// <summary>The live stream against a Redis that works, and one that is killed, frozen or not there at all.</summary>
public sealed class LiveStreamTests
{
    [Fact]
    public async Task The_stream_runs_at_its_rate()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var live = await LiveStream.StartAsync(redis, rate: 400);
        await live.UntilAsync("a confirmed transaction", page => page.Acknowledged > 0);

        var (before, started) = (live.Ledger.Read().Acknowledged, Stopwatch.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
        var rate = (live.Ledger.Read().Acknowledged - before) / Stopwatch.GetElapsedTime(started).TotalSeconds;

        Assert.InRange(rate, 360, 440);
    }

    [Fact]
    public async Task Every_transaction_is_on_the_stream_of_its_customer_and_in_the_ledger()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var live = await LiveStream.StartAsync(redis, rate: LiveOptions.Unlimited, limit: 3_000);
        await live.UntilAsync("3,000 confirmed transactions", page => page.Acknowledged == 3_000);

        var entries = await live.ReadAllAsync();

        Assert.All(entries, entry => Assert.Equal(Partitioner.PartitionOf(entry.Event.CustomerId, 8), entry.Partition));
        Assert.Equal(8, entries.Select(entry => entry.Partition).Distinct().Count());
        Assert.Equal(3_000, entries.Select(entry => entry.Event.TransactionId).Distinct().Count());
        Assert.All(entries, entry => Assert.True(Guid.Parse(entry.Event.TransactionId).Version == 7));
        Assert.All(entries, entry => Assert.True(DateTimeOffset.UtcNow - entry.Event.Timestamp < TimeSpan.FromMinutes(1)));
        Assert.Equal(entries.Sum(entry => entry.Event.Amount), live.Ledger.Read().Amount);
    }

    [Fact]
    public async Task Redis_killed_and_started_again_has_every_transaction_that_was_generated()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var live = await LiveStream.StartAsync(redis, rate: 2_000);
        await live.UntilAsync("1,000 confirmed transactions", page => page.Acknowledged > 1_000);

        await redis.KillAsync();
        await live.UntilAsync("2,000 transactions that wait for Redis", page => page.Buffered > 2_000);
        var before = live.Ledger.Read().Generated;
        redis.Restart();
        await live.UntilAsync("the stream to go on", page => page.Acknowledged > before + 1_000);
        await live.StopAsync();

        await live.AssertNothingLostAsync();
    }

    [Fact]
    public async Task A_confirmation_that_never_came_makes_a_second_entry_with_the_same_id()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var live = await LiveStream.StartAsync(redis, rate: 2_000);
        await live.UntilAsync("1,000 confirmed transactions", page => page.Acknowledged > 1_000);

        await redis.FreezeAsync();
        await live.UntilSentAgainAsync();
        var before = live.Ledger.Read().Generated;
        await redis.ThawAsync();
        await live.UntilAsync("the stream to go on", page => page.Acknowledged > before + 1_000);
        await live.StopAsync();

        var entries = await live.AssertNothingLostAsync();
        Assert.True(entries > live.Ledger.Read().Acknowledged, "No entry was written twice: Redis was not frozen with a batch on its way.");
    }

    [Fact]
    public async Task While_Redis_is_away_the_generator_waits_at_a_full_buffer()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var live = await LiveStream.StartAsync(redis, rate: LiveOptions.Unlimited, limit: 200_000);
        await live.UntilAsync("1,000 confirmed transactions", page => page.Acknowledged > 1_000);
        await redis.KillAsync();

        await live.UntilAsync("a full buffer", page => page.Buffered >= 10_000);
        await live.UntilSentAgainAsync();
        Assert.InRange(live.Ledger.Read().Buffered, 10_000, 10_500);

        redis.Restart();
        await live.UntilAsync("200,000 confirmed transactions", page => page.Acknowledged == 200_000);
        await live.AssertNothingLostAsync();
    }

    [Fact]
    public async Task A_stop_while_Redis_is_away_ends_in_time_and_says_what_is_lost()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var live = await LiveStream.StartAsync(redis, rate: 1_000);
        await live.UntilAsync("a confirmed transaction", page => page.Acknowledged > 0);
        await redis.KillAsync();
        await live.UntilAsync("100 transactions that wait for Redis", page => page.Buffered > 100);

        var started = Stopwatch.GetTimestamp();
        await live.StopAsync();

        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 4, 8);
        Assert.Contains($"did not confirm {live.Ledger.Read().Buffered} transactions within", live.Log, StringComparison.Ordinal);
        redis.Restart();
    }

    [Fact]
    public async Task A_traced_transaction_carries_the_span_that_published_it_and_only_some_are_traced()
    {
        using var spans = new SpanCollector(LiveStream.ApplicationName);
        await using var redis = await RedisServer.StartAsync();
        await using var live = await LiveStream.StartAsync(redis, rate: 500, tracedPerSecond: 10);
        await live.UntilAsync("1,000 confirmed transactions", page => page.Acknowledged > 1_000);
        await live.StopAsync();

        var traced = (await live.ReadAllAsync()).Where(entry => entry.TraceParent is not null).ToDictionary(entry => entry.TraceParent!);

        Assert.InRange(traced.Count, 15, 40);
        Assert.Equal(traced.Keys.Order(), spans.Ended.Select(span => span.Id!).Order());
        Assert.All(spans.Ended, span =>
        {
            Assert.Equal("publish transactions", span.DisplayName);
            Assert.Equal(ActivityKind.Producer, span.Kind);
            Assert.Null(span.ParentId);
            Assert.Equal("redis", span.GetTagItem("messaging.system"));
            Assert.Equal(StreamNames.Transactions(traced[span.Id!].Partition), span.GetTagItem("messaging.destination.name"));
        });
    }

    [Fact]
    public async Task The_metrics_say_what_the_ledger_says()
    {
        var measured = new Dictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == LiveStream.ApplicationName && instrument.IsObservable)
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => measured[instrument.Name] = value);
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => measured[instrument.Name] = value);

        await using var redis = await RedisServer.StartAsync();
        await using var live = await LiveStream.StartAsync(redis, rate: LiveOptions.Unlimited, limit: 700);
        listener.Start();
        await live.Completion;
        listener.RecordObservableInstruments();

        Assert.Equal(700, measured["fintech.producer.generated"]);
        Assert.Equal(700, measured["fintech.producer.published"]);
        Assert.Equal((double)live.Ledger.Read().Amount, measured["fintech.producer.published.amount"]);
        Assert.Equal(0, measured["fintech.producer.buffered"]);
    }

    [Fact]
    public async Task Rate_zero_sends_nothing()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var live = await LiveStream.StartAsync(redis, rate: 0);
        await live.Completion;

        Assert.Equal(0, live.Ledger.Read().Generated);
        Assert.Empty(await live.ReadAllAsync());
    }

    [Fact]
    public void The_ledger_writes_its_amount_as_text_with_both_decimals()
    {
        var ledger = new Ledger(TimeProvider.System);
        ledger.Generate();
        ledger.Acknowledge(123.40m);

        var page = JsonSerializer.SerializeToElement(ledger.Read());

        Assert.Equal("123.40", page.GetProperty("amount").GetString());
        Assert.Equal(1, page.GetProperty("acknowledged").GetInt64());
        Assert.Equal(0, page.GetProperty("buffered").GetInt64());
        Assert.Equal(Environment.ProcessId, page.GetProperty("process_id").GetInt32());
    }
}
