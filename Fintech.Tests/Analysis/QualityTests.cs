using Fintech.Analysis.Document;
using Fintech.Analysis.Figures;
using Fintech.Analysis.Warehouse;
using Fintech.Tests.Dashboard;
using Xunit;

namespace Fintech.Tests.Analysis;

/// <summary>Whether the data can be relied on: each kind of fault is seen, counted and told, and none where there is none.</summary>
public sealed class QualityTests(Servers servers)
{
    private static readonly Sale[] Sales =
    [
        new("q1", 1, "Fuel", AnalysisBench.Begin.AddHours(1), 10), new("q2", 1, "Fuel", AnalysisBench.Begin.AddHours(2), 20.50m),
        new("q3", 2, "Fuel", AnalysisBench.Begin.AddHours(3), 5, Currency: "EUR", Streamed: true),
    ];

    [Fact]
    public async Task A_sound_warehouse_reconciles()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, Sales);
        var quality = new Quality(await bench.ReadAsync());
        Assert.True(quality.IsSound);
        Assert.Equal(
            [new("EUR", 1, 5, 1, 5, true), new Reconciled("USD", 2, 30.50m, 2, 30.50m, true)],
            quality.Reconciliation.OrderBy(r => r.Currency, StringComparer.Ordinal));
        Assert.Equal("Facts and aggregates agree to the cent in all 2 currencies", quality.Headline());
        Assert.Equal(new Passes(1, 0, 0, 2, 2, 0, 0), quality.Passes);
        Assert.Contains("What was read was brought by 1 batch pass and 1 session of the stream (runs 1 to 2).", quality.Reasons());
    }

    [Fact]
    public async Task Facts_that_the_aggregates_do_not_have_are_told_to_the_cent()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, Sales);
        await bench.ExecuteAsync("update dw.agg_minute_total set amount = amount - 0.01 where currency = 'USD' and amount = 10");
        await bench.ExecuteAsync("delete from dw.agg_minute_total where currency = 'EUR'");
        var quality = new Quality(await bench.ReadAsync());
        Assert.False(quality.IsSound);
        Assert.Equal(
            [new("EUR", 1, 5, 0, 0, false), new Reconciled("USD", 2, 30.50m, 2, 30.49m, false)],
            quality.Reconciliation.OrderBy(r => r.Currency, StringComparer.Ordinal));
        Assert.Equal("Facts and aggregates differ in EUR and USD", quality.Headline());
        Assert.Contains("USD: facts are 2, USD 30.50; aggregates 2, USD 30.49.", quality.Reasons());
    }

    [Fact]
    public async Task A_period_says_that_the_whole_warehouse_was_reconciled()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, Sales);
        var data = await bench.ReadAsync(new Period(AnalysisBench.Begin, AnalysisBench.Begin.AddMinutes(90)));
        Assert.Equal(1, data.Totals.Sum(total => total.Transactions));
        var quality = new Quality(data);
        Assert.Contains("USD: 2 facts of the whole warehouse, USD 30.50; the aggregates say the same.", quality.Reasons());
        Assert.Equal("Facts and aggregates of the whole warehouse agree to the cent in all 2 currencies", quality.Headline());
        Assert.Contains("compared over the whole warehouse", EdaDocument.Write(data), StringComparison.Ordinal);
        Assert.DoesNotContain("whole warehouse", EdaDocument.Write(await bench.ReadAsync()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("update etl.run set rows_read = 3 where kind = 'batch'", "1 of the batch passes failed, did not balance, or had a check that blocks.")]
    [InlineData("update etl.run set amount_loaded = amount_loaded + 0.01 where kind = 'batch'", "The newest batch pass, run 1, does not balance")]
    [InlineData("insert into etl.check_result (run_id, name, severity, passed, failures) values (1, 'orphans', 'block', false, 4)", "1 of the batch passes failed, did not balance, or had a check that blocks.")]
    [InlineData("insert into etl.run (kind, status, trigger, host, finished_at) values ('batch', 'failed', 'test', 'test', now())", "The newest batch pass, run 3, failed")]
    [InlineData("update dw.fact_transactions set load_id = 99 where transaction_id = 'q1'", "1 run that wrote rows has no entry in the books.")]
    public async Task A_fault_of_the_books_is_seen(string fault, string told)
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, Sales);
        await bench.ExecuteAsync(fault);
        var quality = new Quality(await bench.ReadAsync());
        Assert.False(quality.IsSound);
        Assert.Contains(quality.Reasons(), reason => reason.StartsWith(told, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_rejected_is_counted_by_check_by_state_and_by_hour()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, Sales);
        (string Check, string Status, double Hour)[] rejected =
        [
            ("amount", "open", 0.2), ("amount", "open", 0.9), ("amount", "discarded", 1.5), ("currency", "replayed", 1.6), ("amount", "open", 30),
        ];
        await RejectAsync(bench, rejected);
        await bench.ExecuteAsync("update etl.run set rows_read = 7, rows_quarantined = 5 where kind = 'batch'");
        await bench.ExecuteAsync("insert into etl.check_result (run_id, name, severity, passed, failures) values (1, 'amount', 'quarantine', false, 5), (1, 'volume', 'warn', false, 1), (1, 'fresh', 'warn', true, 0)");

        var data = await bench.ReadAsync();
        Assert.Equal(
            rejected.GroupBy(r => (r.Check, r.Status)).Select(r => (r.Key.Check, r.Key.Status, (long)r.Count())).Order(),
            data.Quality.All("rejected", RowJson.Default.Rejected).Select(r => (r.CheckName, r.Status, r.Rows)).Order());
        Assert.Equal(
            rejected.GroupBy(r => (int)r.Hour).Select(r => (AnalysisBench.Begin.AddHours(r.Key), (long)r.Count())).Order(),
            data.Quality.All("rejected_at", RowJson.Default.RejectedAt).Select(r => (r.At, r.Rows)).Order());
        Assert.All(data.Quality.All("rejected_at", RowJson.Default.RejectedAt), r => Assert.True(r.ByHour));
        Assert.Equal(
            [new("amount", "quarantine", 1, 5), new FailedCheck("volume", "warn", 1, 1)],
            data.Quality.All("check", RowJson.Default.FailedCheck).OrderBy(c => c.Name, StringComparer.Ordinal));
        Assert.Equal(new Passes(1, 0, 0, 7, 2, 0, 5), data.Quality.First("passes", RowJson.Default.Passes));
        Assert.True(new Quality(data).IsSound);

        var html = EdaDocument.Write(data);
        Assert.Contains("amount rejects most: 4 of 5 rows", html, StringComparison.Ordinal);
        Assert.Contains("The quarantine holds 5 rows, 3 of them undecided.", html, StringComparison.Ordinal);
        Assert.Contains("<summary>Rejections per hour</summary>", html, StringComparison.Ordinal);

        // Over more than three days they are told by the day.
        await RejectAsync(bench, [("late", "open", 100)]);
        var days = (await bench.ReadAsync()).Quality.All("rejected_at", RowJson.Default.RejectedAt).OrderBy(r => r.At).ToList();
        Assert.Equal([(false, AnalysisBench.Begin, 4L), (false, AnalysisBench.Begin.AddDays(1), 1L), (false, AnalysisBench.Begin.AddDays(4), 1L)], days.Select(r => (r.ByHour, r.At, r.Rows)));
    }

    private static async Task RejectAsync(AnalysisBench bench, IEnumerable<(string Check, string Status, double Hour)> rejected)
    {
        foreach (var (check, status, hour) in rejected)
        {
            await bench.Warehouse.ExecuteAsync(
                """
                insert into etl.rejected_row (run_id, origin, source_system, record_key, check_name, reason, payload, content_hash, status, rejected_at)
                values (1, 'transactions', 'ledger', $1, $2, 'test', '{}', '\x00', $3, $4)
                """, TestContext.Current.CancellationToken, $"{check} {hour}", check, status, AnalysisBench.Begin.AddHours(hour).UtcDateTime);
        }
    }
}
