using System.Diagnostics.Metrics;
using Fintech.Contracts;
using Fintech.Etl.Worker.Streaming;
using StackExchange.Redis;
using Xunit;

namespace Fintech.Tests.Streaming;

/// <summary>Nothing unread is trimmed, and what a stream itself loses is noticed, counted and survived.</summary>
public sealed class StreamKeeperTests(Servers servers)
{
    private const string Stream = "transactions:0";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Trimming_ends_at_the_checkpoint()
    {
        await using var bench = await Workbench.CreateAsync(servers, new StreamOptions { BatchSize = 10 });
        await using var processor = bench.Processor();
        await SendAsync(bench, 0, 25);
        await processor.RunOnceAsync(Token);
        await processor.TendAsync(Token);

        Assert.Equal(15, await bench.Redis.StreamLengthAsync(Stream));
        await Workbench.DrainAsync(processor);
        await processor.TendAsync(Token);
        Assert.Equal(0, await bench.Redis.StreamLengthAsync(Stream));
        Assert.Equal(25L, await bench.FactsAsync());
    }

    [Fact]
    public async Task A_healthy_stream_is_never_called_reset()
    {
        await using var bench = await Workbench.CreateAsync(servers, new StreamOptions { BatchSize = 7 });
        using var resets = new Count(bench.Meters, "fintech.stream.resets");
        await using var processor = bench.Processor();
        for (var round = 0; round < 5; round++)
        {
            await SendAsync(bench, round * 20, 20);
            await processor.RunOnceAsync(Token);
            await processor.TendAsync(Token);
        }

        await Workbench.DrainAsync(processor);
        await bench.DrainAsync();    // a restart
        Assert.Equal((100L, 100L, 0L), (await bench.FactsAsync(), await ReadAsync(bench), resets.Value));
    }

    [Fact]
    public async Task A_stream_that_began_anew_is_noticed_and_read_from_its_start()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        using var resets = new Count(bench.Meters, "fintech.stream.resets");
        await using var processor = bench.Processor();
        await SendAsync(bench, 0, 10);
        await Workbench.DrainAsync(processor);
        await bench.Redis.KeyDeleteAsync(Stream);
        await SendAsync(bench, 8, 4);    // two of them are known

        await processor.TendAsync(Token);
        Assert.Equal(1, resets.Value);
        await Workbench.DrainAsync(processor);
        Assert.Equal((12L, 4L), (await bench.FactsAsync(), await ReadAsync(bench)));
        await processor.TendAsync(Token);
        Assert.Equal(1, resets.Value);
        await bench.AssertConsistentAsync();
    }

    /// <summary>The count of entries added alone would not tell.</summary>
    [Fact]
    public async Task A_reset_is_noticed_also_when_more_entries_than_before_have_arrived_since()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        using var resets = new Count(bench.Meters, "fintech.stream.resets");
        await SendAsync(bench, 0, 10);
        await bench.DrainAsync();
        await bench.Redis.KeyDeleteAsync(Stream);
        await SendAsync(bench, 100, 30);

        await bench.DrainAsync();    // a worker that starts only now
        Assert.Equal((40L, 30L, 1L), (await bench.FactsAsync(), await ReadAsync(bench), resets.Value));
    }

    [Fact]
    public async Task A_reset_with_a_clock_gone_back_loses_nothing_that_is_there()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await SendAsync(bench, 0, 3);
        await bench.DrainAsync();
        await bench.Redis.KeyDeleteAsync(Stream);
        foreach (var id in (string[])["1000-0", "1000-1"])
            await bench.Redis.StreamAddAsync(Stream, StreamNames.PayloadField, Payload($"late-{id}"), messageId: id);

        await bench.DrainAsync();
        Assert.Equal((5L, 2L), (await bench.FactsAsync(), await ReadAsync(bench)));
        await bench.AssertConsistentAsync();
    }

    [Fact]
    public async Task Entries_that_somebody_removes_unread_are_counted_as_lost()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        using var lost = new Count(bench.Meters, "fintech.stream.lost");
        await using var processor = bench.Processor();
        await SendAsync(bench, 0, 5);
        await Workbench.DrainAsync(processor);
        await SendAsync(bench, 5, 20);
        await bench.Redis.StreamTrimAsync(Stream, 8);

        await processor.TendAsync(Token);
        await Workbench.DrainAsync(processor);
        Assert.Equal((12L, 13L, 25L), (lost.Value, await bench.FactsAsync(), await ReadAsync(bench)));
        await processor.TendAsync(Token);
        Assert.Equal(12, lost.Value);
    }

    [Fact]
    public async Task A_new_warehouse_does_not_miss_what_an_older_one_has_read()
    {
        await using var former = await Workbench.CreateAsync(servers);
        await SendAsync(former, 0, 5);
        await using (var processor = former.Processor())
        {
            await Workbench.DrainAsync(processor);
            await processor.TendAsync(Token);
        }

        await using var bench = await Workbench.CreateAsync(servers, redis: former.Connection);
        using var resets = new Count(bench.Meters, "fintech.stream.resets");
        await SendAsync(bench, 5, 2);
        await bench.DrainAsync();
        Assert.Equal((2L, 7L, 0L), (await bench.FactsAsync(), await ReadAsync(bench), resets.Value));
    }

    [Fact]
    public async Task Lag_is_what_is_not_committed_yet()
    {
        await using var bench = await Workbench.CreateAsync(servers, new StreamOptions { BatchSize = 10 });
        using var lag = new Count(bench.Meters, "fintech.stream.lag");
        using var monitor = bench.LagMonitor();
        await using var processor = bench.Processor();
        await SendAsync(bench, 0, 25);
        await processor.RunOnceAsync(Token);
        bench.Metrics.Lag(await monitor.MeasureAsync(Token));
        Assert.Equal(15, lag.Observe());

        await Workbench.DrainAsync(processor);
        bench.Metrics.Lag(await monitor.MeasureAsync(Token));
        Assert.Equal(0, lag.Observe());
    }

    [Theory]
    [InlineData("1767225600000-0", "1767225600000-1")]
    [InlineData("5-18446744073709551615", "6-0")]
    public void The_next_id_is_the_smallest_above(string id, string next) => Assert.Equal(next, EntryId.Parse(id).Next.ToString());

    [Fact]
    public void Ids_are_ordered_as_numbers_not_as_texts() => Assert.True(EntryId.Parse("999-10") < EntryId.Parse("1000-9"));

    private static async Task SendAsync(Workbench bench, int first, int count)
    {
        for (var i = first; i < first + count; i++)
            await bench.Redis.StreamAddAsync(Stream, StreamNames.PayloadField, Payload($"t-{i}"));
    }

    private static string Payload(string id) =>
        $$"""{"transaction_id":"{{id}}","customer_id":1,"amount":10.00,"merchant_name":"Corner Cafe","timestamp":1767225600}""";

    private static Task<long> ReadAsync(Workbench bench) => bench.ScalarAsync<long>("select entries_read from etl.stream_checkpoint");

    /// <summary>Sums one instrument of a bench's own meter.</summary>
    private sealed class Count : IDisposable
    {
        private readonly MeterListener listener = new();
        private long value;

        public Count(IMeterFactory meters, string instrument)
        {
            listener.InstrumentPublished = (published, self) =>
            {
                if (published.Meter.Scope == meters && published.Name == instrument)
                    self.EnableMeasurementEvents(published);
            };
            listener.SetMeasurementEventCallback<long>((_, measurement, _, _) => Interlocked.Add(ref value, measurement));
            listener.Start();
        }

        public long Value => Interlocked.Read(ref value);

        public long Observe()
        {
            Interlocked.Exchange(ref value, 0);
            listener.RecordObservableInstruments();
            return Value;
        }

        public void Dispose() => listener.Dispose();
    }
}
