using Fintech.Etl.Worker.Batch;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Batch;

/// <summary>The first load into an empty fact table, against the staged one as its measure.</summary>
public sealed class DirectLoadTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Every kind of row that a check knows, many of each, and chunks enough for the side buffers to be written more than once.</summary>
    private const string Ledger = """
        insert into customers select i, 'F' || i, 'L' || i, 'c' || i || '@example.org', date '2024-01-01' from generate_series(1, 300) i;
        alter table transactions drop constraint transactions_customer_id_fkey;
        insert into transactions (transaction_id, customer_id, transaction_date, amount, merchant_details)
        select i * 2,
               case when i % 97 = 0 then null when i % 89 = 0 then 5000 + i % 7 else 1 + i % 300 end,
               case when i % 101 = 0 then null when i % 103 = 0 then timestamp '1999-12-31' when i % 107 = 0 then timestamp '2999-01-01'
                    when i % 3001 = 0 then timestamp 'infinity' else timestamp '2026-01-01' + i / 50 * interval '1 minute' end,
               case when i % 109 = 0 then null when i % 113 = 0 then -i when i % 127 = 0 then 0 when i % 3011 = 0 then 'NaN'
                    when i % 50 < 2 then 42.42 else i / 7.0 end,
               case when i % 131 = 0 then null when i % 137 = 0 then '  Corner Cafe ' when i % 139 = 0 then 'Stranger ' || i / 4000
                    when i % 50 < 2 then 'Green Grocer' else 'Corner Cafe' end
        from generate_series(1, 20000) i;
        update transactions set customer_id = 7 where amount = 42.42 and transaction_id % 500 < 4;
        """;

    /// <summary>Facts, aggregates, quarantine and findings by their natural keys: surrogate keys may differ.</summary>
    private const string Books = """
        select concat_ws('|', 'fact', transaction_id, f.source_system, type, customer_id, merchant_name, category, date_key, occurred_at, f.received_at = r.started_at,
                         amount, currency, terminal_id, stream_entry, c.is_inferred, m.is_inferred)
        from dw.fact_transactions f join dw.dim_customer c using (customer_key) join dw.dim_merchant m using (merchant_key) join etl.run r on r.run_id = f.load_id
        union all select concat_ws('|', 'category', a.*) from dw.agg_minute_category a
        union all select concat_ws('|', 'minute', a.*) from dw.agg_minute_total a
        union all select concat_ws('|', 'rejected', origin, record_key, check_name, reason, amount, payload, content_hash) from etl.rejected_row
        union all select concat_ws('|', 'check', name, severity, passed, failures, sample, detail) from etl.check_result
        union all select concat_ws('|', 'run', rows_read, amount_read, rows_loaded, amount_loaded, rows_quarantined, amount_quarantined, rows_known, amount_known) from etl.run
        union all select concat_ws('|', 'watermark', last_id) from etl.watermark
        union all select concat_ws('|', 'gap', ids) from etl.watermark_gap
        order by 1
        """;

    [Fact]
    public async Task It_leaves_the_same_books_as_the_staged_load()
    {
        await using var direct = await LoadedAsync(directLoadRows: 1);
        await using var staged = await LoadedAsync(directLoadRows: int.MaxValue);

        var expected = await staged.ListAsync(Books);
        Assert.Contains(expected, line => line.StartsWith("check|equal_purchase|warn|f|", StringComparison.Ordinal));
        Assert.Contains(expected, line => line.StartsWith("check|unknown_customer|warn|f|", StringComparison.Ordinal));
        Assert.Contains(expected, line => line.StartsWith("check|missing_merchant|warn|f|", StringComparison.Ordinal));
        Assert.Contains(expected, line => line.StartsWith("rejected|transactions|", StringComparison.Ordinal));
        Assert.Equal(expected, await direct.ListAsync(Books));
        Assert.Equal("direct", await WayOfAsync(direct));
        Assert.Equal("staged", await WayOfAsync(staged));
    }

    [Fact]
    public async Task The_key_and_the_index_are_back_and_the_next_pass_adds_to_it()
    {
        await using var bench = await LoadedAsync(directLoadRows: 1);

        Assert.Equal(16, await bench.ReadAsync<long>("select count(*) from pg_index i join pg_inherits h on h.inhrelid = i.indrelid where h.inhparent = 'dw.fact_transactions'::regclass and i.indisprimary"));
        Assert.Equal(32, await bench.ReadAsync<long>("""
            select count(*) from pg_index i join pg_inherits h on h.inhrelid = i.indrelid join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam
            where h.inhparent = 'dw.fact_transactions'::regclass and a.amname = 'brin'
            """));
        var facts = await bench.FactsAsync();
        await bench.SourceAsync("insert into transactions values (100001, 1, '2026-03-01', 10.00, 'Corner Cafe')");
        await bench.RunAsync();
        Assert.Equal(facts + new Tally(1, 10m), await bench.FactsAsync());
        Assert.Equal("staged", await WayOfAsync(bench));

        var everything = await bench.RunAsync(BatchBench.Full);
        Assert.Equal(facts.Rows + 1, everything.Totals.Known.Rows);
    }

    [Fact]
    public async Task Unknown_members_are_introduced_once_each_also_where_memory_has_room_for_few()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        var pass = new PassContext(1, DateTime.UtcNow.Date, BatchBench.Full, new BatchOptions(), bench.Key);
        await bench.WarehouseAsync("insert into etl.run (kind, trigger, host) values ('batch', 'test', 'here')");
        await using var connection = await bench.Warehouse.DataSource.OpenConnectionAsync(Token);
        await using (var transaction = await connection.BeginTransactionAsync(Token))
        {
            await BatchSql.ExecuteAsync(connection, "stage", pass, Token);
            Assert.True(await EmptyTable.TryTakeAsync(connection, transaction, pass, "direct_facts", Token));
            const int chunk = 4_096;
            await using var load = new DirectLoad(connection, pass, new Transform(pass), new MemberKeys(connection, null, most: chunk));
            // 9,000 customers, over and over, each chunk with many from before and many new ones.
            var rows = Enumerable.Range(1, 8 * chunk)
                .Select(i => new TransactionRow(i, 1 + (i * 31 % 9_000), new DateTime(2026, 1, 5), 1m, $"Merchant {i % 5_000}")).ToArray();
            for (var next = 0; next < rows.Length; next += chunk)
                await load.AddAsync(new ArraySegment<TransactionRow>(rows, next, chunk), Token);
            await load.CompleteAsync(new PassBooks(), Token);
            await transaction.CommitAsync(Token);
        }

        Assert.Equal("9000 9000 9000", await bench.ReadAsync<string>("select concat_ws(' ', count(*), count(distinct customer_id), count(*) filter (where is_inferred)) from dw.dim_customer where customer_key <> 0"));
        Assert.Equal(5_000, await bench.ReadAsync<long>("select count(*) from dw.dim_merchant where is_inferred and merchant_key <> 0"));
        Assert.Equal(0, await bench.ReadAsync<long>("""
            select count(*) from dw.fact_transactions f left join dw.dim_customer c using (customer_key) left join dw.dim_merchant m using (merchant_key)
            where c.customer_id is distinct from 1 + transaction_id::bigint * 31 % 9000 or m.merchant_name is distinct from 'Merchant ' || transaction_id::bigint % 5000
            """));
    }

    [Fact]
    public async Task More_categories_than_its_sums_can_tell_apart_are_left_to_the_stage()
    {
        await using var bench = await CreateAsync(directLoadRows: 1);
        await bench.WarehouseAsync($"insert into dw.dim_merchant (merchant_name, category) select 'Shop ' || i, 'Category ' || i from generate_series(1, {MinuteSums.MostCategories}) i");
        // The last of them, and what would take its place were there room for the number of the one before only.
        await bench.SourceAsync($"update transactions set merchant_details = case transaction_id % 4 when 0 then 'Shop 1' else 'Shop {MinuteSums.MostCategories}' end where merchant_details = 'Green Grocer'");

        await bench.RunAsync();

        Assert.Equal("staged", await WayOfAsync(bench));
        Assert.Equal([], await bench.ListAsync("""
            select concat_ws('|', minute, category, sum(transactions), sum(amount)) from dw.agg_minute_category where transactions > 0 group by minute, category
            except
            select concat_ws('|', date_trunc('minute', occurred_at), category, count(*), sum(amount)) from dw.fact_transactions join dw.dim_merchant using (merchant_key) group by date_trunc('minute', occurred_at), category
            """));
    }

    [Fact]
    public async Task A_fact_table_that_somebody_works_with_is_loaded_by_the_stage()
    {
        await using var bench = await CreateAsync(directLoadRows: 1);
        await using var other = await bench.Warehouse.DataSource.OpenConnectionAsync(Token);
        await using var transaction = await other.BeginTransactionAsync(Token);
        await using var work = new NpgsqlCommand("lock table dw.fact_transactions in row exclusive mode", other, transaction);
        await work.ExecuteNonQueryAsync(Token);

        var report = await bench.RunAsync();

        Assert.Equal(20_000, report.Totals.Read.Rows);
        Assert.Equal("staged", await WayOfAsync(bench));
    }

    [Fact]
    public async Task A_failure_in_the_middle_leaves_an_empty_table_with_its_key()
    {
        await using var bench = await CreateAsync(directLoadRows: 1);
        await bench.WarehouseAsync("""
            create function dw.full_disk() returns trigger language plpgsql as $$
            begin
                if new.transaction_id = '30000' then raise exception using errcode = '53100', message = 'could not extend file: No space left on device'; end if;
                return new;
            end $$;
            create trigger full_disk before insert on dw.fact_transactions for each row execute function dw.full_disk();
            """);

        var failure = await Assert.ThrowsAsync<BatchException>(() => bench.RunAsync());

        Assert.Contains("No space left on device", failure.Message, StringComparison.Ordinal);
        Assert.Equal(new Tally(0, 0m), await bench.FactsAsync());
        Assert.Equal(1, await bench.ReadAsync<long>("select count(*) from pg_constraint where conname = 'fact_transactions_pkey' and conrelid = 'dw.fact_transactions'::regclass"));
        Assert.Equal("failed", await bench.ReadAsync<string>("select status from etl.run"));

        await bench.WarehouseAsync("drop trigger full_disk on dw.fact_transactions");
        var report = await bench.RunAsync();
        Assert.Equal(await bench.FactsAsync(), report.Totals.Loaded);
    }

    private async Task<BatchBench> CreateAsync(int directLoadRows)
    {
        var bench = await BatchBench.CreateAsync(servers);
        bench.Options = new BatchOptions { DirectLoadRows = directLoadRows };
        await bench.SourceAsync(Ledger);
        return bench;
    }

    private async Task<BatchBench> LoadedAsync(int directLoadRows)
    {
        var bench = await CreateAsync(directLoadRows);
        await bench.RunAsync();
        return bench;
    }

    private static Task<string> WayOfAsync(BatchBench bench) => bench.ReadAsync<string>("""
        select split_part(stage->>'what', ', ', 2) from etl.run, jsonb_array_elements(stages) stage
        where stage->>'what' like 'transactions, %' order by run_id desc limit 1
        """);
}
