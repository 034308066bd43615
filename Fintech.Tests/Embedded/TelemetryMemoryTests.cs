using System.Diagnostics;
using Fintech.Embedded.Telemetry;
using Fintech.Embedded.Telemetry.Otlp;
using Fintech.Embedded.Telemetry.Store;
using Xunit;
using static Fintech.Tests.Embedded.TelemetryExports;

namespace Fintech.Tests.Embedded;

/// <summary>What the store keeps and what that takes: by its own count, and by the collector's.</summary>
public sealed class TelemetryMemoryTests
{
    private const long Megabyte = 1 << 20;
    private const string AloneVariable = "FINTECH_TEST_ALONE";
    private const string Statement = "-- The fence: the checkpoint moves only from where this batch began.\nupdate etl.stream_checkpoint set last_entry = $1 where partition = $2";

    [Fact]
    public void A_store_filled_far_beyond_its_bounds_keeps_to_them_in_number_and_bytes()
    {
        var options = new TelemetryServerOptions
        {
            MaxSpans = 500, MaxSpanBytes = 150_000, MaxLogRecords = 300, MaxLogBytes = 60_000, MaxSeries = 100, MaxSeriesBytes = 70_000,
        };
        var feed = new Feed(options);
        for (var round = 1; round <= 400; round++)
        {
            // In turn many small ones, which meet the bound of numbers, and large ones, which meet that of bytes.
            feed.Take(round, length: round % 100 < 50 ? 10 : 1_000);

            var store = feed.Store;
            Assert.InRange(store.Traces.Holding.Held, 1, options.MaxSpans);
            Assert.InRange(store.Traces.Bytes, 1, options.MaxSpanBytes);
            Assert.InRange(store.Logs.Holding.Held, 1, options.MaxLogRecords);
            Assert.InRange(store.Logs.Bytes, 1, options.MaxLogBytes);
            Assert.InRange(store.Metrics.Holding.Held, 1, options.MaxSeries);
            Assert.InRange(store.Metrics.Bytes, 1, options.MaxSeriesBytes);
        }

        foreach (var (held, _, dropped) in (Holding[])[feed.Store.Traces.Holding, feed.Store.Logs.Holding, feed.Store.Metrics.Holding])
            Assert.Equal(400 * Feed.EachRound, held + dropped);
    }

    [Fact]
    public void What_spans_have_alike_is_counted_once_and_no_longer_than_it_is_held()
    {
        var feed = new Feed(new TelemetryServerOptions { MaxSpans = 100 });
        var text = new string('s', 2_000);
        for (var trace = 1; trace <= 100; trace++)
            feed.Take(Span(trace, 1, 0, "postgresql", 0, 1, Attribute("db.query.text", text)));

        // The first came whole, since nobody knew yet that others would follow.
        Assert.InRange(feed.Store.Traces.Bytes, 4_000, 60_000);
        Assert.All(feed.Store.Traces.Select(_ => true), trace =>
            Assert.Equal(new TelemetryAttribute("db.query.text", text), Assert.Single(trace.Spans[0].ReadDetails().Attributes)));

        for (var trace = 101; trace <= 200; trace++)
            feed.Take(Span(trace, 1, 0, "x", 0, 1));

        var bare = feed.Store.Traces.Bytes;
        Assert.Equal(0, bare % 100);
        Assert.InRange(bare, 100, 60_000 - 2_000);
    }

    /// <summary>Runs itself once more in a process of its own: what other tests allocate meanwhile would be counted here.</summary>
    [Fact]
    public async Task A_full_store_takes_no_more_memory_than_it_says()
    {
        if (Environment.GetEnvironmentVariable(AloneVariable) is not null)
        {
            MeasureFullStore();
            return;
        }

        var test = $"{typeof(TelemetryMemoryTests).FullName}.{nameof(A_full_store_takes_no_more_memory_than_it_says)}";
        var start = new ProcessStartInfo("dotnet", [typeof(TelemetryMemoryTests).Assembly.Location, "-noLogo", "-showLiveOutput", "-method", test])
        {
            RedirectStandardOutput = true,
        };
        start.Environment[AloneVariable] = "1";
        using var child = Process.Start(start)!;
        var output = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);

        TestContext.Current.TestOutputHelper?.WriteLine(output);
        Assert.True(child.ExitCode == 0, output);
        Assert.Contains("Total: 1,", output, StringComparison.Ordinal);
    }

    /// <summary>More than the store takes by default, of the kind that the platform sends.</summary>
    private static void MeasureFullStore()
    {
        var options = new TelemetryServerOptions();
        var feed = new Feed(options);
        feed.Take(0, length: 40); // What is loaded and compiled once is not the store's.
        var before = Heap();
        for (var round = 1; round <= 5 * options.MaxSpans / (4 * Feed.EachRound); round++)
            feed.Take(round, length: 40);

        var store = feed.Store;
        var heap = Heap() - before;
        var counted = store.Traces.Bytes + store.Logs.Bytes + store.Metrics.Bytes;
        var said = $"spans {store.Traces.Bytes / 1024} kB, logs {store.Logs.Bytes / 1024} kB, series {store.Metrics.Bytes / 1024} kB counted; {heap / 1024} kB on the heap";
        GC.KeepAlive(feed);
        TestContext.Current.TestOutputHelper?.WriteLine(said);

        Assert.InRange(store.Traces.Holding.Held, options.MaxSpans - 1, options.MaxSpans);
        Assert.Equal((options.MaxLogRecords, options.MaxSeries), (store.Logs.Holding.Held, store.Metrics.Holding.Held));
        Assert.True(heap < counted * 5 / 4 + Megabyte, said);
        Assert.True(heap < 20 * Megabyte, said);
    }

    private static long Heap()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    /// <summary>A store and its decoders, fed as services would.</summary>
    private sealed class Feed
    {
        public const int EachRound = 40;
        private readonly TraceDecoder traces;
        private readonly LogDecoder logs;
        private readonly MetricDecoder metrics;

        public Feed(TelemetryServerOptions options)
        {
            Store = new TelemetryStore(options);
            var reader = new ExportReader(Store.Resources, Store.Strings);
            (traces, logs, metrics) = (new TraceDecoder(reader, Store.Strings, Store.Blocks), new LogDecoder(reader), new MetricDecoder(reader, Store.Strings));
        }

        public TelemetryStore Store { get; }

        public void Take(params byte[][] spans) => Store.Traces.Add(traces.Decode(new OtlpMessage(Export("etl-worker", "Npgsql", spans))));

        /// <summary>Forty spans in twenty traces, forty log records, forty series, all new; texts of their own of the given length.</summary>
        public void Take(int round, int length)
        {
            var numbers = Enumerable.Range(round * EachRound + 1, EachRound).ToList();
            Take([.. numbers.Select(number => number % 2 == 0
                ? Span(number / 2 + 1, number, 0, "process batch", 0, 5, Kind(5), Attribute("messaging.system", "redis"), Attribute("messaging.destination.name", $"transactions:{number % 8}"),
                    Attribute("messaging.message.id", $"{number}-{Own(number, length)}"), Link(number + 5, number))
                : Span(number / 2 + 1, number, number + 1, "postgresql", 1, 4, Kind(3), Attribute("db.query.text", Statement), Attribute("db.system.name", "postgresql"),
                    Attribute("server.address", "localhost"), Attribute("db.npgsql.data_source", "Host=localhost;Port=20656;Username=postgres;Database=warehouse"),
                    Attribute("db.npgsql.connection_id", number / 8_000)))]);
            Store.Logs.Add(logs.Decode(new OtlpMessage(Export("etl-worker", "Fintech.Etl.Worker", [.. numbers.Select(number =>
                Log(number, 9, $"Took {Own(number, length)}", number, number, ("{OriginalFormat}", "Took {Entry}"), ("Entry", number)))]))));
            Store.Metrics.Add(metrics.Decode(new OtlpMessage(Export("etl-worker", "Fintech.Etl.Worker", [.. numbers.Select(number =>
                Metric("fintech.stream.lag", "{entry}", Gauge(number, number, ("partition", number), ("text", Own(number, Math.Min(length, 200))))))]))));
        }

        private static string Own(int number, int length) => number.ToString("D10", null).PadLeft(length, '·');
    }
}
