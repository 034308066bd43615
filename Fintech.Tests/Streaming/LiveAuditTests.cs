using Fintech.Etl.Worker.Streaming;
using Xunit;

namespace Fintech.Tests.Streaming;

/// <summary>Live counters and memory are compared with the facts; only a tampered book differs.</summary>
public sealed class LiveAuditTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Counters_and_memory_that_nobody_touched_do_not_drift()
    {
        await using var bench = await CreateAsync();
        await using var processor = bench.Processor();
        var audit = new LiveAudit(bench.Warehouse.DataSource, bench.Tail, Workbench.Wrap(bench.Options), TimeProvider.System);
        await SendAsync(bench, processor, "a");
        var first = await audit.RunAsync(Token);
        Assert.Equal((2L, 0L), (Assert.Single(first).Compared, first[0].Drift));    // USD of slot 0, and alerts
        Assert.Equal(LiveAuditResult.Minutes, Assert.Single(await audit.RunAsync(Token)).Check);    // no newer snapshot to compare customers with

        await SendAsync(bench, processor, "b");
        var customers = (await audit.RunAsync(Token)).Single(result => result.Check == LiveAuditResult.Customers);
        Assert.True(customers.Compared > 0);
        Assert.Equal(0, customers.Drift);
        Assert.Equal(
            ["customers 0 0", "minutes 0 0"],
            await bench.ScalarAsync<string[]>("set role fintech_dashboard; select array_agg(concat_ws(' ', check_name, drift, drift_total) order by check_name) from etl.live_audit"));
    }

    [Theory]
    [InlineData("update dw.agg_minute_total set amount = amount + 0.01", "slot 0")]
    [InlineData("update dw.agg_minute_category set transactions = transactions - 1 where category = 'Unknown'", "slot 0")]
    [InlineData("delete from dw.fact_transactions where transaction_id = 'a-7'", "slot 0")]
    [InlineData("delete from dw.fact_fraud_alerts where transaction_id = 'a-7'", "alerts")]
    public async Task A_counter_that_drifted_is_named(string tampering, string named)
    {
        await using var bench = await CreateAsync();
        await using var processor = bench.Processor();
        await SendAsync(bench, processor, "a");
        await bench.ExecuteAsync(tampering);
        var minutes = Assert.Single(await new LiveAudit(bench.Warehouse.DataSource, bench.Tail, Workbench.Wrap(bench.Options), TimeProvider.System).RunAsync(Token));
        Assert.Equal(1, minutes.Drift);
        Assert.EndsWith(named, Assert.Single(minutes.Sample));
        Assert.Equal(minutes.Sample, await bench.ScalarAsync<string[]>("select sample from etl.live_audit where drift_at is not null"));
    }

    [Fact]
    public async Task Memory_that_is_not_what_the_facts_say_drifts()
    {
        await using var bench = await CreateAsync();
        await using var processor = bench.Processor();
        var audit = new LiveAudit(bench.Warehouse.DataSource, bench.Tail, Workbench.Wrap(bench.Options), TimeProvider.System);
        await SendAsync(bench, processor, "a");
        await audit.RunAsync(Token);
        await SendAsync(bench, processor, "b");
        await bench.ExecuteAsync("update dw.fact_transactions set amount = amount + 0.01 where transaction_id like 'b-%'");
        var customers = (await audit.RunAsync(Token)).Single(result => result.Check == LiveAuditResult.Customers);
        Assert.True(customers.Compared > 0);
        Assert.Equal(customers.Compared, customers.Drift);
        Assert.All(customers.Sample, name => Assert.StartsWith("transactions:0 block ", name));
    }

    /// <summary>What a repair leaves: no fact, a counter at zero where an alert was raised, and memory of what is gone.</summary>
    [Fact]
    public async Task Facts_that_a_repair_took_away_are_no_drift()
    {
        await using var bench = await CreateAsync();
        await using var processor = bench.Processor();
        var audit = new LiveAudit(bench.Warehouse.DataSource, bench.Tail, Workbench.Wrap(bench.Options), TimeProvider.System);
        await SendAsync(bench, processor, "a");
        await audit.RunAsync(Token);
        await SendAsync(bench, processor, "b");
        await bench.ExecuteAsync("""
            delete from dw.fact_transactions;
            delete from dw.agg_minute_category;
            update dw.agg_minute_total set transactions = 0, amount = 0;
            insert into etl.audit (actor, action, subject, detail) values ('audit', 'audit.correct', 'b-1', '{}');
            """);
        var looked = Assert.Single(await audit.RunAsync(Token));
        Assert.Equal((LiveAuditResult.Minutes, 2L, 0L), (looked.Check, looked.Compared, looked.Drift));

        await SendAsync(bench, processor, "c");
        Assert.All(await audit.RunAsync(Token), result => Assert.Equal(0, result.Drift));    // compared again, with what came since
    }

    private Task<Workbench> CreateAsync() => Workbench.CreateAsync(servers, new StreamOptions { Partitions = 1 });

    /// <summary>Of 500 customers, so that any 8 of 256 blocks hold some.</summary>
    private static async Task SendAsync(Workbench bench, PartitionProcessor processor, string name)
    {
        // All within one minute of arrival, since a look takes one.
        if (DateTime.UtcNow.Second >= 50)
            await Task.Delay(TimeSpan.FromSeconds(61 - DateTime.UtcNow.Second), Token);
        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => bench.SendAsync(Workbench.Event($"{name}-{i}", i == 7 ? 4000m : 10m + i, customer: i))));
        await Workbench.DrainAsync(processor);
        await processor.TendAsync(Token);
    }
}
