using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Fintech.Embedded.Telemetry;
using Fintech.Embedded.Telemetry.Otlp;
using Fintech.Embedded.Telemetry.Store;
using Fintech.Embedded.Telemetry.Web;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Xunit;
using static Fintech.Tests.Embedded.TelemetryExports;

namespace Fintech.Tests.Embedded;

public sealed class TelemetryViewTests
{
    private static readonly string TraceSeven = Convert.ToHexStringLower(Id(16, 7));

    [Fact]
    public async Task A_transaction_is_followed_from_producer_to_page()
    {
        await using var host = await TelemetryHost.StartAsync();
        await SeedAsync(host);

        var list = await host.ReadAsync("/api/traces");
        var row = list.GetProperty("rows").EnumerateArray().Single(row => Text(row, "id") == TraceSeven);
        Assert.Equal("publish transactions", Text(row, "name"));
        Assert.Equal(80, Number(row, "duration"));
        Assert.Equal(["producer", "etl-worker", "dashboard"], row.GetProperty("resources").EnumerateArray().Select(share => Text(share, "name")));

        var trace = await host.ReadAsync($"/api/traces/{TraceSeven}");
        var spans = trace.GetProperty("spans").EnumerateArray().ToDictionary(span => Text(span, "name")!);
        Assert.Equal(["publish transactions", "score transaction", "COMMIT", "push frame"], spans.Keys);
        Assert.Equal(JsonValueKind.Null, spans["publish transactions"].GetProperty("parent").ValueKind);
        Assert.Equal(Text(spans["score transaction"], "id"), Text(spans["push frame"], "parent"));
        Assert.Equal((10, 50), (Number(spans["score transaction"], "offset"), Number(spans["score transaction"], "duration")));
        Assert.Equal(1, Number(spans["score transaction"], "logs"));
    }

    [Fact]
    public async Task Links_lead_from_one_trace_to_the_other_and_back()
    {
        await using var host = await TelemetryHost.StartAsync();
        await SeedAsync(host);
        var batch = Convert.ToHexStringLower(Id(16, 8));

        var from = (await host.ReadAsync($"/api/traces/{TraceSeven}")).GetProperty("linked").EnumerateArray().Single();
        Assert.Equal(("from", batch, "process batch"), (Text(from, "direction"), Text(from, "traceId"), Text(from, "name")));

        var to = (await host.ReadAsync($"/api/traces/{batch}")).GetProperty("linked").EnumerateArray().ToList();
        Assert.Equal([("to", TraceSeven, "publish transactions"), ("to", Convert.ToHexStringLower(Id(16, 99)), null)],
            to.Select(link => (Text(link, "direction"), Text(link, "traceId"), Text(link, "name"))));

        var span = await host.ReadAsync($"/api/traces/{TraceSeven}/spans/{Convert.ToHexStringLower(Id(8, 71))}");
        Assert.Equal("process batch", span.GetProperty("links").EnumerateArray().Single().GetProperty("name").GetString());
        Assert.Equal("High value", span.GetProperty("logs").EnumerateArray().Single().GetProperty("body").GetString());
    }

    [Theory]
    [InlineData("?resource=dashboard", 1)]
    [InlineData("?resource=nobody", 0)]
    [InlineData("?text=luxury", 1)]
    [InlineData("?text=fintech.partition=3", 1)]
    [InlineData("?text=commit%20luxury%20FRAME", 1)]
    [InlineData("?text=commit%20absent", 0)]
    [InlineData("?errors=1", 1)]
    [InlineData("", 2)]
    public async Task Traces_are_narrowed_by_resource_text_and_errors(string query, int expected)
    {
        await using var host = await TelemetryHost.StartAsync();
        await SeedAsync(host);

        Assert.Equal(expected, (await host.ReadAsync($"/api/traces{query}")).GetProperty("rows").GetArrayLength());
    }

    [Theory]
    [InlineData("?severity=13", 1)]
    [InlineData("?text=partition%202", 1)]
    [InlineData("?resource=producer", 1)]
    [InlineData("?resource=dashboard", 0)]
    [InlineData("", 2)]
    public async Task Log_records_are_narrowed_by_level_resource_and_text(string query, int expected)
    {
        await using var host = await TelemetryHost.StartAsync();
        await SeedAsync(host);

        Assert.Equal(expected, (await host.ReadAsync($"/api/logs{query}")).GetProperty("rows").GetArrayLength());
        Assert.Equal(1, (await host.ReadAsync($"/api/logs?trace={TraceSeven}")).GetProperty("rows").GetArrayLength());
    }

    [Fact]
    public async Task What_was_dropped_is_told()
    {
        await using var host = await TelemetryHost.StartAsync(new TelemetryServerOptions { Port = 0, MaxSpans = 3 });
        await host.SignInAsync();
        foreach (var trace in Enumerable.Range(1, 5))
            await host.TakeAsync("traces", Export("x", "y", Span(trace, 1, 0, "n", trace, trace + 1)));

        var spans = (await host.ReadAsync("/api/traces")).GetProperty("status").GetProperty("spans");
        Assert.Equal((3, 3, 2), (spans.GetProperty("held").GetInt32(), spans.GetProperty("limit").GetInt32(), spans.GetProperty("dropped").GetInt32()));
    }

    [Fact]
    public async Task Numbers_that_json_cannot_say_do_not_break_the_list()
    {
        await using var host = await TelemetryHost.StartAsync();
        await host.SignInAsync();
        await host.TakeAsync("metrics", Export("x", "y", Metric("m", "1", Gauge(1, double.NaN)), Metric("n", "1", Gauge(1, double.PositiveInfinity))));
        await host.TakeAsync("traces", Export("x", "y", Wire.Message(
            Wire.Bytes(1, Id(16, 1)), Wire.Bytes(2, Id(8, 1)), Wire.Fixed64(7, ulong.MaxValue), Wire.Fixed64(8, 0))));

        var rows = (await host.ReadAsync("/api/metrics")).GetProperty("rows").EnumerateArray();
        Assert.All(rows, row => Assert.Equal(JsonValueKind.Null, row.GetProperty("value").ValueKind));
        Assert.Equal(0, (await host.ReadAsync("/api/traces")).GetProperty("rows")[0].GetProperty("duration").GetDouble());
    }

    [Fact]
    public void Spans_that_name_each_other_as_parents_are_all_sent()
    {
        var store = new TelemetryStore(new TelemetryServerOptions());
        store.Traces.Add(new TraceDecoder(new ExportReader(store.Resources, store.Strings), store.Strings, store.Blocks).Decode(new OtlpMessage(
            Export("x", "y", Span(1, 1, 2, "a", 0, 1), Span(1, 2, 1, "b", 0, 1), Span(1, 3, 3, "own parent", 0, 1), Span(1, 3, 3, "sent twice", 0, 1)))));

        var trace = new TraceViews(store).Find(TraceId.Read(Id(16, 1)))!;

        Assert.Equal(["a", "b", "own parent"], trace.Spans.Select(span => span.Name).Order());
    }

    [Fact]
    public async Task What_the_sdk_exports_is_understood()
    {
        await using var host = await TelemetryHost.StartAsync();
        await host.SignInAsync();
        using var source = new ActivitySource("telemetry.sdk.test");
        using var meter = new Meter("telemetry.sdk.test");
        void Export(OtlpExporterOptions options, string signal)
        {
            options.Endpoint = new Uri($"{host.Server.OtlpEndpoint}/v1/{signal}");
            options.Protocol = OtlpExportProtocol.HttpProtobuf;
            options.Headers = host.Server.OtlpHeaders;
        }

        var resource = ResourceBuilder.CreateEmpty().AddService("sdk-service", serviceInstanceId: "one");
        string traceId;
        using (Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(source.Name).AddOtlpExporter(options => Export(options, "traces")).Build())
        using (Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(meter.Name).AddOtlpExporter(options => Export(options, "metrics")).Build())
        using (var logging = LoggerFactory.Create(logging => logging.AddOpenTelemetry(options =>
        {
            options.SetResourceBuilder(resource);
            options.IncludeFormattedMessage = true;
            options.AddOtlpExporter(exporter => Export(exporter, "logs"));
        })))
        {
            using var outer = source.StartActivity("outer", ActivityKind.Server)!;
            traceId = outer.TraceId.ToString();
            using (var inner = source.StartActivity("inner", ActivityKind.Client)!)
            {
                inner.SetTag("answer", 42).SetTag("parts", new[] { "a", "b" });
                inner.AddException(new InvalidOperationException("It broke."));
                inner.SetStatus(ActivityStatusCode.Error, "broken");
                logging.CreateLogger("Some.Category").LogWarning("Tried {Count} times", 3);
            }

            meter.CreateCounter<long>("tries", "{try}").Add(3, new KeyValuePair<string, object?>("kind", "sdk"));
            meter.CreateHistogram<double>("took", "s").Record(0.25);
        }

        var trace = await host.ReadAsync($"/api/traces/{traceId}");
        var spans = trace.GetProperty("spans").EnumerateArray().ToDictionary(span => Text(span, "name")!);
        Assert.Equal(Text(spans["outer"], "id"), Text(spans["inner"], "parent"));
        Assert.Equal(("sdk-service", "Client", true), (
            Text(spans["inner"], "resource"), Text(spans["inner"], "kind"), spans["inner"].GetProperty("isError").GetBoolean()));

        var inside = await host.ReadAsync($"/api/traces/{traceId}/spans/{Text(spans["inner"], "id")}");
        Assert.Equal("broken", Text(inside, "statusMessage"));
        Assert.Equal(["answer=42", "parts=[a, b]"], inside.GetProperty("attributes").EnumerateArray().Select(Pair));
        Assert.Contains("exception.message=It broke.", inside.GetProperty("events")[0].GetProperty("attributes").EnumerateArray().Select(Pair));

        var log = Assert.Single((await host.ReadAsync($"/api/logs?trace={traceId}")).GetProperty("rows").EnumerateArray());
        Assert.Equal(("Tried 3 times", 13, "Some.Category", "one"), (
            Text(log, "body"), Number(log, "severity"), Text(log, "category"), Text(log, "instance")));

        var metrics = (await host.ReadAsync("/api/metrics?resource=sdk-service")).GetProperty("rows").EnumerateArray().ToDictionary(row => Text(row, "name")!);
        Assert.Equal((3, "counter", "kind=sdk"), (
            Number(metrics["tries"], "value"), Text(metrics["tries"], "kind"), Text(metrics["tries"], "attributes")));
        Assert.Equal((1, 0.25), (Number(metrics["took"], "count"), Number(metrics["took"], "mean")));
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private static double Number(JsonElement element, string name) => element.GetProperty(name).GetDouble();

    private static string Pair(JsonElement attribute) => $"{Text(attribute, "key")}={Text(attribute, "value")}";

    /// <summary>One transaction through three services, and the batch that links to it and to a trace nobody keeps.</summary>
    private static async Task SeedAsync(TelemetryHost host)
    {
        await host.SignInAsync();
        await host.TakeAsync("traces", Export(
            "etl-worker", "Fintech.Etl.Worker",
            Span(7, 71, 70, "score transaction", 10, 60, Kind(5), Attribute("fintech.partition", 3), Attribute("category", "Luxury Watches")),
            Span(7, 72, 71, "COMMIT", 20, 58, Kind(3), Failed("40001")),
            Span(8, 80, 0, "process batch", 9, 61, Link(7, 71), Link(99, 1))));
        await host.TakeAsync("traces", Export("dashboard", "Fintech.Dashboard", Span(7, 73, 71, "push frame", 70, 80)));
        await host.TakeAsync("traces", Export("producer", "Fintech.Producer", Span(7, 70, 0, "publish transactions", 0, 4, Kind(4))));
        await host.TakeAsync("logs", Export("etl-worker", "Scoring", Log(15, 13, "High value", 7, 71)));
        await host.TakeAsync("logs", Export("producer", "Live", Log(16, 9, "Published to partition 2")));
    }
}
