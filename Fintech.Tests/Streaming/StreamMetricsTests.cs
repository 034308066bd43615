using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Fintech.Etl.Worker.Streaming;
using Xunit;

namespace Fintech.Tests.Streaming;

public sealed class StreamMetricsTests(Servers servers)
{
    [Fact]
    public async Task A_batch_tells_its_size_stages_outcomes_and_checks()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        var measured = new ConcurrentQueue<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Scope == bench.Meters)
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument, value, tags));
        listener.Start();
        await bench.SendAsync(Workbench.Event("t-1", 9_000m));
        await bench.SendAsync(Workbench.Event("t-2"));
        await bench.SendAsync(Workbench.Event("t-3", -5m));
        await bench.SendAsync("{");
        await bench.DrainAsync();

        Assert.Equal(
            ["read", "parse", "claim", "score", "record", "commit", "feed"],
            measured.Where(line => line.StartsWith("fintech.stream.stage.duration ", StringComparison.Ordinal)).Select(line => line.Split('=')[1]));
        Assert.Equal(
            [
                "fintech.stream.alerts 1 severity=critical",
                "fintech.stream.batch.size 4",
                "fintech.stream.quarantined 1 check=amount",
                "fintech.stream.quarantined 1 check=malformed",
                "fintech.stream.transactions 2 outcome=new",
                "fintech.stream.transactions 2 outcome=quarantined",
            ],
            measured.Where(line => line.StartsWith("fintech.stream.", StringComparison.Ordinal) && !line.Contains("duration", StringComparison.Ordinal) && !line.Contains("latency", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

        void Keep<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var number = instrument.Unit == "s" ? "" : $"{value}";
            measured.Enqueue($"{instrument.Name} {number}{(tags.Length == 0 ? "" : " ")}{string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))}");
        }
    }

    [Fact]
    public async Task Every_instrument_is_documented_with_its_unit()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        var instruments = new ConcurrentQueue<Instrument>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Scope == bench.Meters)
                    instruments.Enqueue(instrument);
            },
        };
        listener.Start();
        _ = new Fintech.Etl.Worker.Webhooks.WebhookMetrics(bench.Meters);
        var page = await File.ReadAllTextAsync(Path.Combine(Root(), "docs", "operations.md"), TestContext.Current.CancellationToken);
        Assert.NotEmpty(instruments);
        Assert.All(instruments, instrument => Assert.Matches($@"\| `{instrument.Name}` \| [a-z-]+, {System.Text.RegularExpressions.Regex.Escape(instrument.Unit!)} \|", page));
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Fintech.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("No folder above the tests holds Fintech.sln.");
        return folder.FullName;
    }
}
