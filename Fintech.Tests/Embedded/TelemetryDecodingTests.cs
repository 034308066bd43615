using Fintech.Embedded.Telemetry;
using Fintech.Embedded.Telemetry.Otlp;
using Fintech.Embedded.Telemetry.Store;
using Xunit;
using static Fintech.Tests.Embedded.TelemetryExports;

namespace Fintech.Tests.Embedded;

public sealed class TelemetryDecodingTests
{
    private readonly TraceDecoder traces;
    private readonly LogDecoder logs;
    private readonly MetricDecoder metrics;

    public TelemetryDecodingTests()
    {
        var strings = new StringPool();
        var reader = new ExportReader(new ResourceRegistry(), strings);
        (traces, logs, metrics) = (new TraceDecoder(reader, strings, new BlockPool()), new LogDecoder(reader), new MetricDecoder(reader, strings));
    }

    [Fact]
    public void A_span_is_read_with_all_that_is_shown_of_it()
    {
        var span = Assert.Single(traces.Decode(new OtlpMessage(Export("etl-worker", "Fintech.Etl.Worker", Span(
            7, 71, 70, "score transaction", 10, 58.5, Kind(5),
            Attribute("fintech.partition", 3), Attribute("rules", new object[] { "high-value", 2.5, true }),
            Event("scored", 16.5, ("rule.set", 12)), Link(8, 81), Failed("40001: could not serialize"))))));

        Assert.Equal(("etl-worker", "etl-worker-1"), (span.Origin.Resource, span.Origin.Instance));
        Assert.Equal(("Fintech.Etl.Worker", "score transaction", SpanKind.Consumer, true), (span.Scope, span.Name, span.Kind, span.IsError));
        Assert.Equal(Convert.ToHexStringLower(Id(16, 7)), span.TraceId.ToString());
        Assert.Equal(Convert.ToHexStringLower(Id(8, 71)), span.SpanId.ToString());
        Assert.Equal(Convert.ToHexStringLower(Id(8, 70)), span.ParentId.ToString());
        Assert.Equal(((long)At(10), 48_500_000L), (span.Start, span.Duration));

        var details = span.ReadDetails();
        Assert.Equal([new("fintech.partition", "3"), new("rules", "[high-value, 2.5, true]")], details.Attributes);
        Assert.Equal("40001: could not serialize", details.StatusMessage);
        var happened = Assert.Single(details.Events);
        Assert.Equal((("scored", (long)At(16.5))), (happened.Name, happened.Time));
        Assert.Equal(new TelemetryAttribute("rule.set", "12"), Assert.Single(happened.Attributes));
        var link = Assert.Single(span.Links);
        Assert.Equal(Convert.ToHexStringLower(Id(16, 8)) + Convert.ToHexStringLower(Id(8, 81)), $"{link.TraceId}{link.SpanId}");
    }

    [Fact]
    public void Every_type_of_attribute_value_is_shown_in_words()
    {
        var pairs = Wire.Bytes(6, Wire.Bytes(1, Wire.Message(Wire.Text(1, "a"), Wire.Bytes(2, Value(-5)))));

        Assert.Equal("{a: -5}", Attributes.ReadValue(new OtlpMessage(pairs)));
        Assert.Equal("00ff10", Attributes.ReadValue(new OtlpMessage(Wire.Bytes(7, [0, 255, 16]))));
        Assert.Equal("1E-07", Attributes.ReadValue(new OtlpMessage(Value(1e-7))));
        Assert.Equal("", Attributes.ReadValue(new OtlpMessage([])));
    }

    [Fact]
    public void A_resource_written_behind_its_spans_still_names_them()
    {
        var spans = Wire.Bytes(2, Wire.Bytes(2, Span(1, 1, 0, "late", 0, 1)));
        var resource = Wire.Bytes(1, Attribute(1, "service.name", "producer"));

        var span = Assert.Single(traces.Decode(new OtlpMessage(Wire.Bytes(1, Wire.Message(spans, resource)))));

        Assert.Equal("producer", span.Origin.Resource);
    }

    [Fact]
    public void A_log_record_is_read_with_body_level_and_trace()
    {
        var log = Assert.Single(logs.Decode(new OtlpMessage(Export(
            "producer", "Fintech.Producer.Live", Log(3, 13, "Redis answers slowly", 7, 71, ("Milliseconds", 812))))));

        Assert.Equal(("Fintech.Producer.Live", 13, (long)At(3)), (log.Category, log.Severity, log.Time));
        Assert.Equal(Convert.ToHexStringLower(Id(16, 7)), log.TraceId.ToString());
        Assert.Equal("Redis answers slowly", log.ReadDetails().Body);
        Assert.Equal(new TelemetryAttribute("Milliseconds", "812"), Assert.Single(log.ReadDetails().Attributes));
    }

    [Fact]
    public void A_log_record_without_a_time_of_its_own_has_the_time_it_was_observed()
    {
        var log = Assert.Single(logs.Decode(new OtlpMessage(Export("producer", "x", Wire.Fixed64(11, At(5))))));

        Assert.Equal((long)At(5), log.Time);
    }

    [Fact]
    public void Counters_gauges_and_histograms_are_told_apart()
    {
        var points = metrics.Decode(new OtlpMessage(Export(
            "etl-worker", "Fintech.Etl.Worker",
            Metric("fintech.stream.lag", "{entry}", Gauge(1, 12, ("partition", 3), ("a", "first"))),
            Metric("fintech.stream.transactions", "{transaction}", Counter(1, 400)),
            Metric("fintech.stream.batch.duration", "s", Histogram(1, 2.5, [10, 80, 9, 1], [0.01, 0.1, 1])))));

        Assert.Equal([MetricKind.Gauge, MetricKind.Sum, MetricKind.Histogram], points.Select(point => point.Metric.Kind));
        Assert.Equal("a=first\npartition=3", points[0].Key.Attributes);
        Assert.Equal((12, "{entry}", "About fintech.stream.lag."), (points[0].Value, points[0].Metric.Unit, points[0].Metric.Description));
        Assert.True(points[1].Metric.IsMonotonic);
        Assert.Equal((100ul, 2.5), (points[2].Count, points[2].Value));
        Assert.Equal(0.01 + 0.09 * 40 / 80, points[2].P50!.Value, 9);
        Assert.Equal(1, points[2].P99!.Value, 9);
    }

    [Fact]
    public void An_exponential_histogram_has_quantiles_too()
    {
        // Scale 0: buckets double. Offset 1 begins above 2; packed varint counts 1, 2, 1 for (2,4], (4,8], (8,16].
        var point = Wire.Message(
            Wire.Fixed64(4, 4), Wire.Double(5, 28), Wire.Varint(6, 0), Wire.Bytes(8, Wire.Message(Wire.Varint(1, 2), Wire.Bytes(2, [1, 2, 1]))));
        var read = Assert.Single(metrics.Decode(new OtlpMessage(Export("x", "y", Metric("m", "1", Wire.Bytes(10, Wire.Bytes(1, point)))))));

        Assert.Equal(6, read.P50);
        Assert.Equal(4ul, read.Count);
    }

    public static TheoryData<string, byte[]> Malformed => new()
    {
        { "a length beyond the end", [0x0a, 0x7f, 1, 2] },
        { "an endless varint", [.. Enumerable.Repeat((byte)0xff, 12)] },
        { "a field number of zero", [0x00, 0x01] },
        { "an end of a group that never began", [0x0c] },
        { "a resource that is a number", Wire.Varint(1, 5) },
        { "a trace id of 15 bytes", Export("x", "y", Wire.Message(Wire.Bytes(1, new byte[15]), Wire.Bytes(2, Id(8, 1)))) },
        { "a span without a trace id", Export("x", "y", Wire.Bytes(2, Id(8, 1))) },
        { "values nested without end", Export("x", "y", Span(1, 1, 0, "deep", 0, 1, Nested(60))) },
        { "a time that is text", Export("x", "y", Wire.Text(7, "noon")) },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_export_is_refused_with_a_sentence(string what, byte[] body)
    {
        var fault = Assert.Throws<MalformedOtlpException>(() => traces.Decode(new OtlpMessage(body)));

        Assert.True(fault.Message.EndsWith('.'), $"{what}: {fault.Message}");
    }

    [Fact]
    public void A_histogram_whose_counts_and_bounds_disagree_is_refused()
    {
        var export = Export("x", "y", Metric("m", "s", Histogram(1, 1, [1, 2], [0.1, 0.2, 0.3])));

        Assert.Contains("2 buckets for 3 bounds", Assert.Throws<MalformedOtlpException>(() => metrics.Decode(new OtlpMessage(export))).Message);
    }

    [Fact]
    public void An_export_of_millions_of_empty_records_is_refused_before_it_fills_the_memory()
    {
        var empty = Wire.Bytes(1, Wire.Bytes(2, [.. Enumerable.Repeat<byte[]>([0x12, 0x00], 1_000_000).SelectMany(record => record)]));

        Assert.Contains("smaller batches", Assert.Throws<MalformedOtlpException>(() => logs.Decode(new OtlpMessage(empty))).Message);
    }

    [Fact]
    public void No_bytes_make_the_decoders_fail_other_than_with_their_own_fault()
    {
        byte[][] valid =
        [
            Export("etl-worker", "s", Span(
                7, 71, 70, "n", 1, 2, Kind(5), Attribute("k", new object[] { 1, "a" }), Event("e", 1, ("b", true)), Link(8, 81), Failed("f"))),
            Export("etl-worker", "s", Log(3, 13, "body", 7, 71, ("a", 1.5))),
            Export("etl-worker", "s", Metric("m", "s", Histogram(1, 2.5, [1, 2, 3], [0.1, 1], ("a", "b"))), Metric("c", "1", Counter(1, 4))),
        ];
        var random = new Random(20260105);
        var (refused, taken) = (0, 0);
        for (var round = 0; round < 20_000; round++)
        {
            var body = round % 3 == 0 ? Noise(random) : Mutated(valid[random.Next(valid.Length)], random);
            foreach (var decode in (Action<OtlpMessage>[])[body => traces.Decode(body), body => logs.Decode(body), body => metrics.Decode(body)])
            {
                try
                {
                    decode(new OtlpMessage(body));
                    taken++;
                }
                catch (MalformedOtlpException)
                {
                    refused++;
                }
                catch (Exception fault)
                {
                    Assert.Fail($"Round {round}, {Convert.ToHexString(body)}: {fault}");
                }
            }
        }

        // Both must have happened often, else the noise tells nothing.
        Assert.True(refused > 2_000 && taken > 2_000, $"{refused} refused, {taken} taken");
    }

    private static byte[] Noise(Random random)
    {
        var body = new byte[random.Next(200)];
        random.NextBytes(body);
        return body;
    }

    private static byte[] Mutated(byte[] body, Random random)
    {
        var mutated = random.Next(4) == 0 ? body[..random.Next(1, body.Length)] : body[..];
        for (var change = random.Next(3); change > 0; change--)
            mutated[random.Next(mutated.Length)] = (byte)random.Next(256);

        return mutated;
    }

    /// <summary>An attribute whose value is a list in a list in a list…</summary>
    private static byte[] Nested(int depth)
    {
        var value = Value("core");
        for (var level = 0; level < depth; level++)
            value = Wire.Bytes(5, Wire.Bytes(1, value));

        return Wire.Bytes(9, Wire.Message(Wire.Text(1, "k"), Wire.Bytes(2, value)));
    }
}
