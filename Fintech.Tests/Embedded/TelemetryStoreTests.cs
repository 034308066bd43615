using Fintech.Embedded.Telemetry;
using Fintech.Embedded.Telemetry.Otlp;
using Fintech.Embedded.Telemetry.Store;
using Xunit;
using static Fintech.Tests.Embedded.TelemetryExports;

namespace Fintech.Tests.Embedded;

public sealed class TelemetryStoreTests
{
    [Fact]
    public void The_trace_that_was_quiet_longest_makes_room_and_leaves_the_index()
    {
        var store = new TelemetryStore(new TelemetryServerOptions { MaxSpans = 6 });
        foreach (var trace in (long[])[1, 2, 3])
        {
            Take(store,
                Span(trace, trace * 10, 0, $"root {trace}", trace, trace + 1),
                Span(trace, trace * 10 + 1, trace * 10, "child", trace, trace + 1));
        }

        // Trace 1 stirs once more, so trace 2 is the quietest.
        Take(store, Span(1, 12, 10, "late child", 5, 6));

        Assert.Equal(new Holding(5, 6, 2), store.Traces.Holding);
        Assert.Equal(2, store.Traces.TraceCount);
        Assert.Null(store.Traces.Find(TraceOf(2)));
        Assert.Equal(3, store.Traces.Find(TraceOf(1))!.Value.Spans.Count);
    }

    [Fact]
    public void One_runaway_trace_does_not_push_the_others_out()
    {
        var store = new TelemetryStore(new TelemetryServerOptions { MaxSpansPerTrace = 10 });
        Take(store, Span(1, 1, 0, "other", 0, 1));
        Take(store, [.. Enumerable.Range(1, 50).Select(span => Span(2, span, 0, "again", span, span + 1))]);

        Assert.NotNull(store.Traces.Find(TraceOf(1)));
        Assert.Equal(10, store.Traces.Find(TraceOf(2))!.Value.Spans.Count);
        Assert.Equal(40, store.Traces.Holding.Dropped);
    }

    [Fact]
    public void Large_spans_are_bounded_by_their_bytes()
    {
        var store = new TelemetryStore(new TelemetryServerOptions { MaxSpanBytes = 100_000 });
        for (var trace = 1; trace <= 50; trace++)
            Take(store, Span(trace, 1, 0, "large", 0, 1, Attribute("text", new string('x', 10_000))));

        Assert.InRange(store.Traces.Bytes, 80_000, 100_000);
        Assert.InRange(store.Traces.Holding.Held, 8, 9);
        Assert.NotNull(store.Traces.Find(TraceOf(50)));

        Take(store, Span(99, 1, 0, "larger than all", 0, 1, Attribute("text", new string('x', 200_000))));
        Assert.Equal(0, store.Traces.Bytes);
    }

    [Fact]
    public void A_trace_is_named_by_its_root_even_when_that_comes_last()
    {
        var store = new TelemetryStore(new TelemetryServerOptions());
        Take(store, Span(1, 12, 11, "grandchild", 2, 3));
        Take(store, Span(1, 11, 10, "child", 1, 4));
        Assert.Equal("child", store.Traces.Find(TraceOf(1))!.Value.Root.Name);

        Take(store, Span(1, 10, 0, "root", 0, 5));
        Assert.Equal("root", store.Traces.Find(TraceOf(1))!.Value.Root.Name);
    }

    [Fact]
    public void The_oldest_log_records_make_room()
    {
        var store = new TelemetryStore(new TelemetryServerOptions { MaxLogRecords = 100 });
        var decoder = new LogDecoder(new ExportReader(store.Resources, store.Strings));
        for (var number = 1; number <= 250; number++)
            store.Logs.Add(decoder.Decode(new OtlpMessage(Export("x", "y", Log(number, 9, $"line {number}")))));

        Assert.Equal(new Holding(100, 100, 150), store.Logs.Holding);
        Assert.Equal(
            Enumerable.Range(151, 100).Select(number => $"line {number}"),
            store.Logs.Select(_ => true).Select(log => log.ReadDetails().Body));
    }

    [Fact]
    public void The_series_not_reported_for_longest_makes_room()
    {
        var store = new TelemetryStore(new TelemetryServerOptions { MaxSeries = 3 });
        Measure(store, Gauge(1, 1, ("n", 1)), Gauge(1, 1, ("n", 2)), Gauge(1, 1, ("n", 3)));
        Measure(store, Gauge(2, 5, ("n", 1)), Gauge(2, 1, ("n", 4)));

        Assert.Equal(["n=1", "n=3", "n=4"], store.Metrics.Select(_ => true).Select(series => series.Key.Attributes).Order());
        Assert.Equal(1, store.Metrics.Holding.Dropped);
    }

    [Fact]
    public void A_counter_keeps_its_rate_and_survives_a_restart_of_its_sender()
    {
        var store = new TelemetryStore(new TelemetryServerOptions());
        foreach (var (at, value) in ((double, double)[])[(0, 100), (1000, 110), (3000, 150), (4000, 7)])
            Measure(store, Counter(at, value));

        var series = Assert.Single(store.Metrics.Select(_ => true));
        Assert.Equal(7, series.Last.Value);
        Assert.Equal([10f, 20f, 7f], series.Samples);
    }

    [Fact]
    public void A_histogram_keeps_the_mean_between_exports()
    {
        var store = new TelemetryStore(new TelemetryServerOptions());
        Measure(store, Histogram(0, 1.0, [10, 0], [1]));
        Measure(store, Histogram(1000, 5.0, [12, 0], [1]));
        Measure(store, Histogram(2000, 5.0, [12, 0], [1]));

        Assert.Equal([2f, float.NaN], Assert.Single(store.Metrics.Select(_ => true)).Samples);
    }

    [Fact]
    public void The_past_of_a_series_ends_after_its_last_samples()
    {
        var store = new TelemetryStore(new TelemetryServerOptions());
        for (var at = 1; at <= 500; at++)
            Measure(store, Gauge(at, at));

        Assert.Equal(
            Enumerable.Range(441, MetricSeries.MaxSamples).Select(value => (float)value),
            Assert.Single(store.Metrics.Select(_ => true)).Samples);
    }

    [Fact]
    public void Resources_and_their_colours_are_bounded()
    {
        var resources = new ResourceRegistry();
        for (var number = 0; number < 10_000; number++)
            resources.Find($"service {number}", $"{number}");

        Assert.InRange(resources.Names.Count, 1, 65);
        Assert.Equal("(other resources)", resources.Find("one more", "").Resource);
        Assert.Equal(8, resources.Names.Select(name => name.Colour).Distinct().Count());
    }

    [Fact]
    public async Task Writing_and_reading_at_once_tears_nothing()
    {
        var store = new TelemetryStore(new TelemetryServerOptions { MaxSpans = 500, MaxSpansPerTrace = 40 });
        var cancellation = TestContext.Current.CancellationToken;
        var writing = 3;
        var writers = Enumerable.Range(0, writing).Select(writer => Task.Run(
            () =>
            {
                for (var round = 0; round < 3_000; round++)
                    Take(store, Span(round % 97 + 1, writer * 10_000 + round + 1, 0, "span", round, round + 1, Link(round % 13 + 1, 1)));

                Interlocked.Decrement(ref writing);
            },
            cancellation)).ToArray();
        var reader = Task.Run(
            () =>
            {
                while (Volatile.Read(ref writing) > 0 && !cancellation.IsCancellationRequested)
                {
                    foreach (var trace in store.Traces.Select(_ => true))
                        Assert.All(trace.Spans, span => Assert.Equal(trace.Id, span.TraceId));
                    store.Traces.LinkingTo(TraceOf(5));
                }
            },
            cancellation);

        await Task.WhenAll([.. writers, reader]);
        var (held, _, dropped) = store.Traces.Holding;
        Assert.Equal(9_000, held + dropped);
        Assert.Equal(held, store.Traces.Select(_ => true).Sum(trace => trace.Spans.Count));
    }

    private static TraceId TraceOf(long number) => TraceId.Read(Id(16, number));

    private static void Take(TelemetryStore store, params byte[][] spans) =>
        store.Traces.Add(new TraceDecoder(new ExportReader(store.Resources, store.Strings), store.Strings, store.Blocks)
            .Decode(new OtlpMessage(Export("x", "y", spans))));

    private static void Measure(TelemetryStore store, params byte[][] data) => store.Metrics.Add(
        new MetricDecoder(new ExportReader(store.Resources, store.Strings), store.Strings)
            .Decode(new OtlpMessage(Export("x", "y", data.Select(point => Metric("m", "1", point))))));
}
