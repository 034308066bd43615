using Fintech.Etl.Worker.Batch;
using Xunit;

namespace Fintech.Tests.Batch;

public sealed class BatchPassTests(Servers servers)
{
    /// <summary>1,000 customers' worth of a day, among them amounts that are missing, NaN, zero and negative.</summary>
    private const string Seed = """
        insert into customers select i, 'First' || i, 'Last' || i, 'c' || i || '@example.com', date '2020-01-01' + i from generate_series(1, 50) i;
        insert into transactions (customer_id, transaction_date, amount, merchant_details)
        select 1 + i % 50, timestamp '2026-01-05' + i * interval '83 seconds',
               case when i % 100 = 0 then null when i % 101 = 0 then 'NaN' when i % 102 = 0 then 0 when i % 103 = 0 then -i else i * 0.37 + 0.01 end,
               case when i % 2 = 0 then 'Corner Cafe' else 'Green Grocer' end
        from generate_series(1, 1000) i
        """;

    private const string Good = "amount > 0 and amount <> 'NaN'";

    [Fact]
    public async Task First_pass_loads_every_row_to_the_cent()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync(Seed);

        var report = await bench.RunAsync();

        var good = await bench.SourceTallyAsync(Good);
        Assert.Equal(good, await bench.FactsAsync());
        Assert.Equal(good, report.Totals.Loaded);
        Assert.Equal(1000, report.Totals.Read.Rows);
        Assert.Equal(await bench.SourceTallyAsync("amount is distinct from 'NaN'"), report.Totals.Read with { Rows = report.Totals.Read.Rows - 9 });
        Assert.Equal(1000 - good.Rows, report.Totals.Quarantined.Rows);
        Assert.Equal(good.Amount, await bench.ReadAsync<decimal>("select sum(amount) from dw.agg_minute_total where slot = -1"));
        Assert.Equal(good.Amount, await bench.ReadAsync<decimal>("select sum(amount) from dw.agg_minute_category where slot = -1"));
        Assert.Equal("succeeded", await bench.ReadAsync<string>("select status from etl.run"));
        Assert.Equal(good.Rows, await bench.ReadAsync<long>("select rows_loaded from etl.run where rows_read = rows_loaded + rows_quarantined + rows_known and amount_read = amount_loaded + amount_quarantined + amount_known"));
        Assert.All(report.Checks.Where(result => result.Check.Severity == Severity.Block), result => Assert.True(result.Passed, result.Check.Name));
        Assert.Equal(Checks.All.Count, await bench.ReadAsync<long>("select count(*) from etl.check_result"));
    }

    [Fact]
    public async Task A_second_pass_touches_nothing_and_neither_does_a_full_one()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync(Seed);
        await bench.RunAsync();
        var before = await bench.ContentsAsync();

        var second = await bench.RunAsync();
        Assert.Equal(0, second.Totals.Read.Rows);
        Assert.Equal(before, await bench.ContentsAsync());

        var full = await bench.RunAsync(BatchBench.Full);
        Assert.Equal(1000, full.Totals.Read.Rows);
        Assert.Equal(await bench.FactsAsync(), full.Totals.Known);
        Assert.Equal(before, await bench.ContentsAsync());
    }

    [Fact]
    public async Task A_later_pass_loads_only_what_is_new()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync(Seed);
        await bench.RunAsync();
        await bench.SourceAsync("insert into transactions (customer_id, transaction_date, amount, merchant_details) values (1, '2026-01-07 10:00', 5.55, ' Corner Cafe ')");

        var report = await bench.RunAsync();

        Assert.Equal(new Tally(1, 5.55m), report.Totals.Loaded);
        Assert.Equal(new Tally(1, 5.55m), report.Totals.Read);
        Assert.Equal(await bench.SourceTallyAsync(Good), await bench.FactsAsync());
        Assert.Equal(1001, await bench.ReadAsync<long>("select last_id from etl.watermark"));
        Assert.Equal("Corner Cafe", await bench.ReadAsync<string>("select merchant_name from dw.fact_transactions join dw.dim_merchant using (merchant_key) where amount = 5.55"));
    }

    [Fact]
    public async Task A_range_is_read_again_without_moving_the_watermark()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync(Seed);
        var range = new BatchRequest { Trigger = "test", From = new DateTime(2026, 1, 5, 6, 0, 0), To = new DateTime(2026, 1, 5, 12, 0, 0) };

        var report = await bench.RunAsync(range);
        Assert.Equal(await bench.SourceTallyAsync($"{Good} and transaction_date >= '2026-01-05 06:00' and transaction_date < '2026-01-05 12:00'"), report.Totals.Loaded);
        Assert.Equal(0, await bench.ReadAsync<long>("select count(*) from etl.watermark"));

        var all = await bench.RunAsync();
        Assert.Equal(report.Totals.Loaded, all.Totals.Known);
        Assert.Equal(await bench.SourceTallyAsync(Good), await bench.FactsAsync());
    }

    [Fact]
    public async Task An_empty_source_is_a_pass_without_rows()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        Assert.Equal(new Tally(), (await bench.RunAsync()).Totals.Read);
        Assert.Equal(0, await bench.ReadAsync<long>("select count(*) from etl.watermark"));
    }

    [Fact]
    public async Task Dirty_rows_go_to_quarantine_each_with_its_reason()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync("""
            insert into customers (customer_id) values (1);
            insert into transactions (transaction_id, customer_id, transaction_date, amount, merchant_details) values
                (1, 1, '2026-01-05', null, 'Corner Cafe'), (2, 1, '2026-01-05', 'NaN', 'Corner Cafe'), (3, 1, '2026-01-05', 0, 'Corner Cafe'),
                (4, 1, '2026-01-05', -7.25, 'Corner Cafe'), (5, 1, null, 1, 'Corner Cafe'), (6, 1, '1999-12-31 23:59:59', 2, 'Corner Cafe'),
                (7, 1, '2000-01-01', 3, 'Corner Cafe'), (8, 1, 'infinity', 4, 'Corner Cafe'), (9, 1, '-infinity', 5, 'Corner Cafe'),
                (10, 1, '0044-03-15 BC', 6, 'Corner Cafe'), (11, 1, now() at time zone 'UTC' + interval '25 hours', 7, 'Corner Cafe'),
                (12, 1, now() at time zone 'UTC' + interval '23 hours', 8, 'Corner Cafe'), (13, null, '2026-01-05', 9, 'Corner Cafe'), (14, 1, '2026-01-05', 10, '   ')
            """);

        var report = await bench.RunAsync();

        Assert.Equal(
            ["1 amount_missing", "2 amount_missing", "3 amount_not_positive", "4 amount_not_positive", "5 date_missing", "6 date_before_2000",
             "8 date_in_the_future", "9 date_before_2000", "10 date_before_2000", "11 date_in_the_future"],
            await bench.ListAsync("select record_key || ' ' || check_name from etl.rejected_row order by record_key::int"));
        Assert.Equal(["7", "12", "13", "14"], await bench.ListAsync("select transaction_id from dw.fact_transactions order by transaction_id::int"));
        Assert.Equal(new Tally(10, -7.25m + 1 + 2 + 4 + 5 + 6 + 7), report.Totals.Quarantined);
        Assert.Equal(
            ["amount_missing 2", "amount_not_positive 2", "date_before_2000 3", "date_in_the_future 2", "date_missing 1", "missing_customer 1", "missing_email 1", "missing_merchant 1"],
            await bench.ListAsync("select name || ' ' || failures from etl.check_result where not passed order by name"));
        Assert.Equal("-7.25", await bench.ReadAsync<string>("select payload ->> 'amount' from etl.rejected_row where record_key = '4'"));
        Assert.Equal(0, await bench.ReadAsync<long>("select customer_key from dw.fact_transactions where transaction_id = '13'"));
        Assert.Equal(0, await bench.ReadAsync<long>("select merchant_key from dw.fact_transactions where transaction_id = '14'"));
    }

    [Fact]
    public async Task A_known_transaction_with_other_content_is_a_conflict_and_never_overwritten()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync(Seed);
        await bench.RunAsync();
        var before = await bench.FactsAsync();
        await bench.SourceAsync("update transactions set amount = 9999.99 where transaction_id = 1; update transactions set customer_id = 40 where transaction_id = 2; update transactions set merchant_details = 'Elsewhere' where transaction_id = 3");

        var full = await bench.RunAsync(BatchBench.Full);
        Assert.Equal(before, await bench.FactsAsync());
        Assert.Equal(before.Rows - 3, full.Totals.Known.Rows);
        await bench.RunAsync(BatchBench.Full);
        Assert.Equal(["1", "2", "3"], await bench.ListAsync("select record_key from etl.rejected_row where check_name = 'conflict' order by record_key"));
        Assert.Equal("9999.99", await bench.ReadAsync<string>("select payload ->> 'amount' from etl.rejected_row where record_key = '1'"));
    }

    [Fact]
    public async Task Equal_purchases_under_another_id_are_loaded_and_reported()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync("""
            insert into customers (customer_id) values (1);
            insert into transactions (customer_id, transaction_date, amount, merchant_details) values
                (1, '2026-01-05 10:00:01', 5, 'Corner Cafe'), (1, '2026-01-05 10:00:59', 5, 'Corner Cafe'), (1, '2026-01-05 10:01:00', 5, 'Corner Cafe')
            """);
        var first = await bench.RunAsync();
        await bench.SourceAsync("insert into transactions (customer_id, transaction_date, amount, merchant_details) values (1, '2026-01-05 10:01:30', 5, 'Corner Cafe')");
        var second = await bench.RunAsync();

        Assert.Equal(["2"], Sample(first));
        Assert.Equal(["4"], Sample(second));
        Assert.Equal(new Tally(4, 20), await bench.FactsAsync());

        static string[] Sample(PassReport report) => report.Checks.Single(result => result.Check.Name == "equal_purchase").Sample;
    }

    [Fact]
    public async Task Source_times_are_read_in_the_configured_zone()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        bench.Options = new BatchOptions { SourceTimeZone = "Europe/Berlin" };
        await bench.SourceAsync("""
            insert into transactions (transaction_date, amount) values ('2026-07-01 00:30', 1), ('2026-01-01 00:30', 2), ('2026-03-29 02:30', 3)
            """);

        await bench.RunAsync();

        // The third names an hour that the clocks skip in spring: winter time goes on, 02:30 is 01:30 UTC.
        Assert.Equal(
            ["2026-06-30 22:30 20260630", "2025-12-31 23:30 20251231", "2026-03-29 01:30 20260329"],
            await bench.ListAsync("select to_char(occurred_at, 'YYYY-MM-DD HH24:MI ') || date_key from dw.fact_transactions order by transaction_id"));
    }
}
