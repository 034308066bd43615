using Fintech.Etl.Worker.Batch;
using Fintech.Tests.Batch;
using Xunit;
using Tally = Fintech.Etl.Worker.Batch.Tally;

namespace Fintech.Tests.Quarantine;

/// <summary>A dry run counts what a run would do, and does nothing.</summary>
public sealed class DryRunTests(Servers servers)
{
    private static readonly BatchRequest Dry = new() { Trigger = "test", DryRun = true };

    [Fact]
    public async Task A_dry_run_says_what_the_run_after_it_does_and_leaves_only_its_own_row()
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        bench.Batch.Options = new BatchOptions { DirectLoadRows = 1 };
        await bench.Batch.SourceAsync("""
            insert into customers (customer_id, last_name) values (2, 'Hopper');
            insert into transactions (transaction_id, customer_id, transaction_date, amount, merchant_details) values
                (10, 2, '2026-01-06', 10, 'Corner Cafe'), (11, 2, '2026-01-06', 0, 'Corner Cafe'), (12, null, '2026-01-06', 12, 'Nobody')
            """);
        bench.Batch.Merchants.Add(BatchBench.Merchant("Book Shop", "Books"));
        var before = await bench.Batch.ContentsAsync();

        var dry = await bench.Batch.RunAsync(Dry with { Full = true });

        Assert.Equal(before, await bench.Batch.ContentsAsync());
        Assert.Equal(1, await bench.Batch.ReadAsync<long>("select count(distinct run_id) from etl.check_result"));
        Assert.Equal("dry-run succeeded 2", await bench.Batch.ReadAsync<string>($"select concat_ws(' ', kind, status, rows_loaded) from etl.run where run_id = {dry.RunId}"));
        var real = await bench.Batch.RunAsync(BatchBench.Full);
        Assert.Equal((new Tally(12, 43m), new Tally(2, 22m), new Tally(6, 11m), new Tally(4, 10m)), (dry.Totals.Read, dry.Totals.Loaded, dry.Totals.Quarantined, dry.Totals.Known));
        Assert.Equal(real.Totals, dry.Totals);
        Assert.Equal(Lines(real), Lines(dry));
        Assert.Equal(Failing(real), Failing(dry));

        static IEnumerable<string> Lines(PassReport report) => report.Stages.Select(line => $"{line.Stage} {line.What} {line.Rows} {line.Amount}");
        static IEnumerable<string> Failing(PassReport report) => report.Checks.Where(result => !result.Passed).Select(result => $"{result.Check.Name} {result.Failures}");
    }

    [Fact]
    public async Task A_dry_run_of_an_empty_warehouse_never_locks_the_fact_table()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        bench.Options = new BatchOptions { DirectLoadRows = 1 };
        await bench.SourceAsync("insert into transactions (transaction_date, amount) values ('2026-01-06', 10)");
        var before = await bench.ContentsAsync();

        var dry = await bench.RunAsync(Dry);

        Assert.Contains(dry.Stages, line => line.What == "transactions, staged");
        Assert.Equal(before, await bench.ContentsAsync());
    }
}
