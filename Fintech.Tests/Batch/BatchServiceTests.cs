using System.Diagnostics;
using System.Diagnostics.Metrics;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Warehouse;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace Fintech.Tests.Batch;

public sealed class BatchServiceTests(Servers servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Passes_begin_when_the_warehouse_is_ready_and_go_on_after_a_failure()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync("alter table transactions rename to elsewhere");
        bench.Options = new BatchOptions { Interval = TimeSpan.FromSeconds(1) };
        var ready = new WarehouseReady();
        using var service = new BatchService(
            await bench.CreatePassAsync(), ready, Options.Create(bench.Options), TimeProvider.System, NullLogger<BatchService>.Instance);
        await service.StartAsync(Token);
        Assert.Equal(HealthStatus.Unhealthy, (await ready.CheckHealthAsync(new HealthCheckContext(), Token)).Status);
        Assert.Equal(0, await bench.ReadAsync<long>("select count(*) from etl.run"));

        ready.Set();
        Assert.Equal(HealthStatus.Healthy, (await ready.CheckHealthAsync(new HealthCheckContext(), Token)).Status);
        await RunsAsync("failed", 1);
        await bench.SourceAsync("alter table elsewhere rename to transactions; insert into transactions (transaction_date, amount) values ('2026-01-05', 1)");
        await RunsAsync("succeeded", 2);
        await service.StopAsync(Token);

        Assert.Equal(new Tally(1, 1), await bench.FactsAsync());
        Assert.Equal(0, await bench.ReadAsync<long>("select count(*) from etl.run where status = 'running'"));

        Task RunsAsync(string status, long runs) => Eventually.ReadAsync($"{runs} runs that {status}",
            _ => bench.ReadAsync<long>($"select count(*) from etl.run where status = '{status}' and trigger = 'schedule'"), seen => seen >= runs, Patience, Token);
    }

    [Fact]
    public async Task A_pass_is_traced_and_counted_without_saying_whom_it_read()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync("""
            insert into customers values (1, 'Ada', 'Lovelace', 'ada@example.com', '2020-01-01');
            insert into transactions (customer_id, transaction_date, amount, merchant_details) values (1, '2026-01-05', 1, 'Corner Cafe'), (1, '2026-01-05', -1, 'Corner Cafe')
            """);
        using var test = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == BatchTelemetry.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) => options.TraceId == test.TraceId ? ActivitySamplingResult.AllData : ActivitySamplingResult.None,
            ActivityStopped = span =>
            {
                lock (spans)
                    spans.Add(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
        var rows = new Dictionary<string, long>();
        using var meters = new MeterListener();
        meters.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Name == "fintech.etl.rows" && instrument.Meter.Scope == bench.Meters)
                listening.EnableMeasurementEvents(instrument);
        };
        meters.SetMeasurementEventCallback<long>((_, value, tags, _) => rows[(string)tags[0].Value!] = value);
        meters.Start();

        await bench.RunAsync();

        Assert.Equal(
            ["load customers", "load merchants", "load transactions", "merge facts", "reconcile", "batch pass"],
            spans.Where(span => span.TraceId == test.TraceId).Select(span => span.OperationName));
        Assert.DoesNotContain(spans, span => span.TagObjects.Any(tag => tag.Value is string text && (text.Contains("Ada") || text.Contains("Corner"))));
        Assert.Equal(new() { ["loaded"] = 1, ["quarantined"] = 1, ["known"] = 0 }, rows);
    }
}
