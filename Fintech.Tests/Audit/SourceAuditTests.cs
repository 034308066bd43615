using Fintech.Etl.Worker.Audit;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Privacy;
using Fintech.Tests.Batch;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace Fintech.Tests.Audit;

/// <summary>What a pass cannot see: rows that were changed or deleted in the source after it read them.</summary>
public sealed class SourceAuditTests(Servers servers)
{
    private const long BlockSize = 100;
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_untouched_source_is_found_equal_block_by_block()
    {
        await using var bench = await CreateAsync();
        var before = await bench.ContentsAsync();

        var report = await AuditAsync(bench);

        // 3 of 1,000 rows are in quarantine, and still there: no difference.
        Assert.True(report.IsClean);
        Assert.Equal((11, 0, 3, new Tally(997, await FactsSumAsync(bench))), (report.Blocks, report.Differing.Count, report.Aside, report.Source));
        Assert.Equal(report.Source, report.Warehouse);
        Assert.Equal("schedule audit ledger", await bench.ReadAsync<string>("select concat_ws(' ', actor, action, subject) from etl.audit"));
        Assert.Equal("997 0 0 0 f", await bench.ReadAsync<string>("select concat_ws(' ', source_rows, rows_changed, rows_deleted, rows_missing, repaired) from etl.source_audit"));
        await bench.WarehouseAsync("delete from etl.audit; delete from etl.source_audit");
        Assert.Equal(before, await bench.ContentsAsync());
    }

    [Fact]
    public async Task Rows_changed_and_deleted_in_place_are_found_by_name_and_only_their_blocks_are_read()
    {
        await using var bench = await CreateAsync();
        await DisturbAsync(bench);

        var report = await AuditAsync(bench);

        Assert.False(report.IsClean);
        Assert.Equal([1, 4, 6, 8], report.Differing);
        Assert.Equal(["changed 4 150,450,451,650", "deleted 1 850", "missing 1 151"],
            report.Differences.Select(difference => $"{difference.Kind} {difference.Rows} {string.Join(',', difference.Sample)}"));
        Assert.Equal("4 1 1 f", await bench.ReadAsync<string>("select concat_ws(' ', rows_changed, rows_deleted, rows_missing, repaired) from etl.source_audit"));
        Assert.Equal("4", await bench.ReadAsync<string>("select detail -> 'differences' -> 0 ->> 'rows' from etl.audit"));
        Assert.Contains("The facts differ from their source; audit --repair puts them right.", AuditCommand.Lines(report));
    }

    [Fact]
    public async Task A_repair_puts_right_what_differs_and_keeps_what_was()
    {
        await using var bench = await CreateAsync();
        await DisturbAsync(bench);
        var untouched = await UntouchedAsync(bench);

        var report = await AuditAsync(bench, repair: true);

        Assert.True(report.IsClean);
        Assert.Equal((5, 4, 1), (report.Repair!.Removed, report.Repair.Loaded.Rows, report.Repair.Quarantined.Rows));
        Assert.Equal(untouched, await UntouchedAsync(bench));
        Assert.Equal(["150 99.99 Corner Cafe", "151 151.00 Corner Cafe", "450 451.00 Corner Cafe", "451 450.00 Nobody Knows"], await bench.ListAsync("""
            select concat_ws(' ', transaction_id, amount, merchant_name) from dw.fact_transactions join dw.dim_merchant using (merchant_key)
            where transaction_id in ('150', '151', '450', '451', '650', '850') order by 1
            """));
        Assert.Equal("amount_not_positive open", await bench.ReadAsync<string>("select check_name || ' ' || status from etl.rejected_row where record_key = '650'"));

        // Each correction with the fact as it was and as it is.
        Assert.Equal(["150 changed 150.00 99.99", "151 missing 151.00", "450 changed 450.00 451.00", "451 changed 451.00 450.00", "650 changed 650.00 amount_not_positive", "850 deleted 850.00"],
            await bench.ListAsync("""
                select concat_ws(' ', subject, detail ->> 'kind', detail -> 'old' ->> 'amount', detail -> 'new' ->> 'amount', detail ->> 'quarantined')
                from etl.audit where action = 'audit.correct' order by subject
                """));
        Assert.Equal("batch succeeded audit 5 4 1", await bench.ReadAsync<string>(
            "select concat_ws(' ', kind, status, trigger, rows_read, rows_loaded, rows_quarantined) from etl.run order by run_id desc limit 1"));

        await AssertAggregatesAgreeAsync(bench);
        Assert.Equal((0, 0), ((await AuditAsync(bench)).DifferingRows, (await AuditAsync(bench)).Differing.Count));
        var again = await AuditAsync(bench, repair: true);
        Assert.Null(again.Repair);
        Assert.Equal(0, (await bench.RunAsync()).Totals.Read.Rows);
    }

    [Fact]
    public async Task A_conflict_that_a_full_pass_quarantined_is_settled_by_a_repair()
    {
        await using var bench = await CreateAsync();
        await bench.SourceAsync("update transactions set amount = 7 where transaction_id = 150; update transactions set amount = 8 where transaction_id = 10");
        await bench.RunAsync(BatchBench.Full);
        Assert.Equal(["conflict open"], await bench.ListAsync("select check_name || ' ' || status from etl.rejected_row where record_key = '150'"));

        var report = await AuditAsync(bench);
        Assert.Equal((0, 1, 0), (report.Differing.Count, report.Rows(Difference.Changed), report.Rows(Difference.Missing)));

        await AuditAsync(bench, repair: true);

        Assert.Equal(["conflict replayed"], await bench.ListAsync("select check_name || ' ' || status from etl.rejected_row where record_key = '150'"));
        Assert.Equal(7, await bench.ReadAsync<decimal>("select amount from dw.fact_transactions where transaction_id = '150'"));
        await AssertAggregatesAgreeAsync(bench);
    }

    [Fact]
    public async Task A_discarded_row_stays_discarded_until_the_source_changes_it()
    {
        await using var bench = await CreateAsync();
        await bench.WarehouseAsync("update etl.rejected_row set status = 'discarded'");
        Assert.True((await AuditAsync(bench)).IsClean);

        await bench.SourceAsync("update transactions set amount = 8 where transaction_id = 10");
        Assert.Equal(1, (await AuditAsync(bench)).Rows(Difference.Missing));
        Assert.Equal(new Tally(1, 8), (await AuditAsync(bench, repair: true)).Repair!.Loaded);
        Assert.True((await AuditAsync(bench)).IsClean);
    }

    [Fact]
    public async Task A_fact_that_came_by_stream_leaves_the_slot_and_minute_it_was_counted_in()
    {
        await using var bench = await CreateAsync();
        await bench.WarehouseAsync("""
            update dw.fact_transactions set stream_entry = 'transactions:3/1767225600000-0', received_at = '2026-02-01 12:00:30+00' where transaction_id in ('150', '151');
            update dw.agg_minute_category a set transactions = a.transactions - 1, amount = a.amount - f.amount
            from dw.fact_transactions f where f.transaction_id in ('150', '151') and a.minute = f.occurred_at and a.category = 'Restaurants';
            update dw.agg_minute_total a set transactions = a.transactions - 1, amount = a.amount - f.amount
            from dw.fact_transactions f where f.transaction_id in ('150', '151') and a.minute = f.occurred_at;
            insert into dw.agg_minute_category values ('2026-02-01 12:00+00', 'Restaurants', 'USD', 3, 2, 301);
            insert into dw.agg_minute_total values ('2026-02-01 12:00+00', 'USD', 3, 2, 301, 1);
            """);
        Assert.True((await AuditAsync(bench)).IsClean);
        await bench.SourceAsync("delete from transactions where transaction_id = 150");

        await AuditAsync(bench, repair: true);

        Assert.Equal("1 151.00", await bench.ReadAsync<string>("select transactions || ' ' || amount from dw.agg_minute_category where slot = 3"));
        Assert.Equal("1 151.00 1", await bench.ReadAsync<string>("select concat_ws(' ', transactions, amount, alerts) from dw.agg_minute_total where slot = 3"));
        await AssertAggregatesAgreeAsync(bench);

        await bench.SourceAsync("update transactions set amount = 1 where transaction_id = 151");
        await AuditAsync(bench, repair: true);
        Assert.Equal("0 0.00 1", await bench.ReadAsync<string>("select concat_ws(' ', transactions, amount, alerts) from dw.agg_minute_total where slot = 3"));
        await AssertAggregatesAgreeAsync(bench);
    }

    [Fact]
    public async Task What_a_pass_still_waits_for_is_no_difference_and_what_it_gave_up_is_loaded()
    {
        await using var bench = await CreateAsync();
        await bench.SourceAsync("insert into transactions values (1100, 1, '2026-01-06', 5, 'Corner Cafe'), (1101, 1, '2026-01-06', 5, 'Corner Cafe')");
        await bench.RunAsync();
        await bench.SourceAsync("insert into transactions values (1050, 1, '2026-01-06', 5, 'Corner Cafe'), (1200, 1, '2026-01-06', 5, 'Corner Cafe')");
        Assert.True((await AuditAsync(bench)).IsClean);

        await bench.WarehouseAsync("delete from etl.watermark_gap");
        Assert.Equal(["1050"], (await AuditAsync(bench)).Differences.Single(difference => difference.Kind == Difference.Missing).Sample);
        Assert.Equal(new Tally(1, 5), (await AuditAsync(bench, repair: true)).Repair!.Loaded);
        Assert.Equal((1, 0), ((await bench.RunAsync()).Totals.Loaded.Rows, (await AuditAsync(bench)).DifferingRows));
    }

    [Fact]
    public async Task The_source_and_the_warehouse_hash_alike_in_any_zone()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        bench.Options = new BatchOptions { SourceTimeZone = "Europe/Berlin" };
        await bench.SourceAsync("""
            insert into customers values (1, 'Ada', 'Lovelace', 'ada@example.com', '2020-01-01');
            insert into transactions (customer_id, transaction_date, amount, merchant_details) values
                (1, '2026-03-29 02:30', 1.10, '  Café Zürich '), (1, '2026-10-25 02:30', 2, null), (null, '2026-07-01 12:00:00.123456', 3, ''),
                (1, '2026-01-01', 4, E'Tab\t');
            insert into transactions values (-150, 1, '2026-01-01', 5, 'Corner Cafe'), (0, 1, '2026-01-01', 5, 'Corner Cafe');
            """);
        await bench.RunAsync();
        var report = await AuditAsync(bench);
        Assert.Equal((0, new Tally(6, 20.10m)), (report.Differing.Count, report.Source));
        Assert.Equal(report.Source, report.Warehouse);
    }

    [Fact]
    public async Task A_failure_changes_nothing_and_a_pass_at_work_is_named()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        Assert.Equal("No pass has read ledger yet: there is nothing to compare.", (await Assert.ThrowsAsync<BatchException>(() => AuditAsync(bench))).Message);

        await using var filled = await CreateAsync();
        await DisturbAsync(filled);
        await filled.WarehouseAsync("""
            create function dw.refuse() returns trigger language plpgsql as $$ begin raise exception 'disk full' using errcode = '53100'; end $$;
            create trigger refuse before insert on dw.fact_transactions for each row when (new.transaction_id = '451') execute function dw.refuse();
            """);
        var before = await filled.ContentsAsync();
        Assert.Contains("disk full", (await Assert.ThrowsAsync<BatchException>(() => AuditAsync(filled, repair: true))).Message);
        Assert.Equal(before, await filled.ContentsAsync());
        Assert.StartsWith("failed While putting facts right", await filled.ReadAsync<string>("select status || ' ' || error from etl.run order by run_id desc limit 1"));

        await using var holder = await filled.Warehouse.DataSource.OpenConnectionAsync(Token);
        await using var held = await PassLock.AcquireAsync(holder, Token);
        await Assert.ThrowsAsync<BatchBusyException>(() => AuditAsync(filled, repair: true));
        Assert.Equal(6, (await AuditAsync(filled)).DifferingRows);
    }

    [Fact]
    public async Task An_audit_is_due_once_a_day_after_the_first_pass()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        using var service = new AuditService(
            (await CreateAsync(bench)), bench.Warehouse.DataSource, null!, Options.Create(bench.Options), bench.Time, NullLogger<AuditService>.Instance);
        Assert.Null(await service.RunIfDueAsync(Token));
        await bench.SourceAsync("insert into transactions values (1, null, '2026-01-05', 1, 'Corner Cafe')");
        await bench.RunAsync();
        Assert.NotNull(await service.RunIfDueAsync(Token));
        Assert.Null(await service.RunIfDueAsync(Token));
        bench.Time.Ahead = TimeSpan.FromHours(23);
        Assert.Null(await service.RunIfDueAsync(Token));
        bench.Time.Ahead = TimeSpan.FromHours(25);
        Assert.NotNull(await service.RunIfDueAsync(Token));
    }

    [Theory]
    [InlineData("--block", "--block needs a number")]
    [InlineData("--block 0", "--block needs a number")]
    [InlineData("--fix", "'--fix' is no option")]
    public void A_wrong_option_is_named(string options, string sentence)
    {
        Assert.False(AuditCommand.TryParse(options.Split(' '), out _, out _, out var fault));
        Assert.Contains(sentence, fault);
    }

    [Theory]
    [InlineData(0, -99, 99)]
    [InlineData(1, 100, 199)]
    [InlineData(-1, -199, -100)]
    public void A_block_is_the_ids_that_a_division_gives_its_number(long block, long low, long high) => Assert.Equal((low, high), Blocks.RangeOf(block, 100));

    /// <summary>1,000 rows, of which the ids 10, 20 and 30 are in quarantine.</summary>
    private async Task<BatchBench> CreateAsync()
    {
        var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync("""
            insert into customers values (1, 'Ada', 'Lovelace', 'ada@example.com', '2020-01-01'), (2, 'Grace', 'Hopper', 'grace@example.com', '2020-01-01');
            insert into transactions (customer_id, transaction_date, amount, merchant_details)
            select 1 + i % 2, timestamp '2026-01-05' + i * interval '1 minute',
                   case when i in (10, 20) then 0 when i = 30 then numeric 'NaN' else i end, 'Corner Cafe' from generate_series(1, 1000) i;
            """);
        await bench.RunAsync();
        return bench;
    }

    /// <summary>In four blocks of ten; the amounts of 450 and 451 change places, which neither count nor sum can tell.</summary>
    private static async Task DisturbAsync(BatchBench bench)
    {
        await bench.SourceAsync("""
            update transactions set amount = 99.99 where transaction_id = 150;
            update transactions set amount = 451 where transaction_id = 450;
            update transactions set amount = 450, merchant_details = 'Nobody Knows' where transaction_id = 451;
            update transactions set amount = 0 where transaction_id = 650;
            delete from transactions where transaction_id = 850;
            """);
        await bench.WarehouseAsync("""
            update dw.agg_minute_category a set transactions = a.transactions - 1, amount = a.amount - f.amount from dw.fact_transactions f where f.transaction_id = '151' and a.minute = f.occurred_at;
            update dw.agg_minute_total a set transactions = a.transactions - 1, amount = a.amount - f.amount from dw.fact_transactions f where f.transaction_id = '151' and a.minute = f.occurred_at;
            delete from dw.fact_transactions where transaction_id = '151';
            """);
    }

    private static Task<string> UntouchedAsync(BatchBench bench) => bench.ReadAsync<string>(
        "select string_agg(f::text || f.xmin::text, ' ' order by transaction_id) from dw.fact_transactions f where transaction_id not in ('150', '151', '450', '451', '650', '850')");

    private static Task<decimal> FactsSumAsync(BatchBench bench) => bench.ReadAsync<decimal>("select sum(amount) from dw.fact_transactions");

    /// <summary>Per slot, with that slot's clock.</summary>
    private static async Task AssertAggregatesAgreeAsync(BatchBench bench)
    {
        const string facts = """
            select date_trunc('minute', case when stream_entry is null then occurred_at else received_at end) as minute, currency,
                   case when stream_entry is null then -1 else 3 end::smallint as slot, category, amount
            from dw.fact_transactions join dw.dim_merchant using (merchant_key)
            """;
        Assert.Equal([], await bench.ListAsync($"""
            (select minute, category, currency, slot, count(*), sum(amount) from ({facts}) f group by 1, 2, 3, 4
             except select minute, category, currency, slot, transactions, amount from dw.agg_minute_category)
            union all
            (select minute, category, currency, slot, transactions, amount from dw.agg_minute_category where transactions > 0
             except select minute, category, currency, slot, count(*), sum(amount) from ({facts}) f group by 1, 2, 3, 4)
            """));
        Assert.Equal([], await bench.ListAsync($"""
            (select minute, currency, slot, count(*), sum(amount) from ({facts}) f group by 1, 2, 3
             except select minute, currency, slot, transactions, amount from dw.agg_minute_total)
            union all
            (select minute, currency, slot, transactions, amount from dw.agg_minute_total where transactions > 0
             except select minute, currency, slot, count(*), sum(amount) from ({facts}) f group by 1, 2, 3)
            """));
    }

    private static async Task<AuditReport> AuditAsync(BatchBench bench, bool repair = false) => await
        (await CreateAsync(bench)).RunAsync(new AuditRequest("schedule", repair, BlockSize), Token);

    private static async Task<SourceAudit> CreateAsync(BatchBench bench)
    {
        var keys = new PiiKeyRing(bench.Warehouse.DataSource, Options.Create(bench.Keys));
        await keys.OpenAsync(Token);
        return new SourceAudit(
            bench.Source, bench.Warehouse.DataSource, await bench.CreatePassAsync(), keys, Options.Create(bench.Options), new AuditTelemetry(bench.Meters), bench.Time);
    }
}
