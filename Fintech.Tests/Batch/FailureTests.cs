using System.Runtime.CompilerServices;
using Fintech.Etl.Worker.Batch;
using MongoDB.Bson;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Batch;

/// <summary>Whatever stops a pass, and wherever: the warehouse is as it was, the books say why, and the next pass catches up.</summary>
public sealed class FailureTests(Servers servers)
{
    private const string LastRun = "(select * from etl.run order by run_id desc limit 1) as run";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>One after the other on the same warehouse, since each has to leave it as it was.</summary>
    [Fact]
    public async Task A_check_that_blocks_leaves_the_warehouse_as_it_was()
    {
        await using var bench = await CreateAsync();
        var before = await bench.ContentsAsync();

        await BlocksAsync("agg_minute_total", "new.amount := new.amount + 0.01", "aggregates_agree");
        await BlocksAsync("agg_minute_category", "new.transactions := new.transactions + 1", "aggregates_agree");
        await BlocksAsync("fact_transactions", "new.amount := new.amount + 0.01", "nothing_lost");
        await BlocksAsync("fact_transactions", "new.merchant_key := 999999", "orphan");
        await BlocksAsync("fact_transactions", "new.date_key := 19991231", "orphan");
        await CatchesUpAsync(bench);

        async Task BlocksAsync(string table, string sabotage, string check)
        {
            await bench.WarehouseAsync($"""
                create function dw.sabotage() returns trigger language plpgsql as 'begin {sabotage}; return new; end';
                create trigger sabotage before insert on dw.{table} for each row execute function dw.sabotage();
                """);
            var failure = await Assert.ThrowsAsync<BatchException>(() => bench.RunAsync());
            await bench.WarehouseAsync("drop function dw.sabotage cascade");

            Assert.Contains($"The check {check} failed", failure.Message);
            Assert.Equal(before, await bench.ContentsAsync());
            Assert.Equal($"failed 0 {failure.Message}", await bench.ReadAsync<string>($"select concat_ws(' ', status, rows_loaded, error) from {LastRun}"));
            Assert.Equal(1, await bench.ReadAsync<long>($"select count(*) from etl.check_result join {LastRun} using (run_id) where name = '{check}' and not passed and severity = 'block'"));
        }
    }

    [Fact]
    public async Task An_error_at_any_step_rolls_back_all_of_it_and_quotes_no_row()
    {
        await using var bench = await CreateAsync();
        var before = await bench.ContentsAsync();

        foreach (var (step, table) in ((string, string)[])
                 [("loading the customers", "dw.dim_customer"), ("loading the merchants", "dw.dim_merchant"),
                  ("loading the transactions", "dw.fact_transactions"), ("loading the transactions", "etl.rejected_row"),
                  ("loading the transactions", "dw.agg_minute_category"), ("loading the transactions", "dw.agg_minute_total"),
                  ("reconciling", "etl.check_result"), ("reconciling", "etl.watermark"), ("reconciling", "etl.watermark_gap")])
        {
            await bench.WarehouseAsync($"""
                create function dw.sabotage() returns trigger language plpgsql as
                    'begin raise exception ''this row quotes Lovelace'' using errcode = ''23514''; end';
                create trigger sabotage after insert or update on {table} for each row execute function dw.sabotage();
                """);
            var failure = await Assert.ThrowsAsync<BatchException>(() => bench.RunAsync());
            await bench.WarehouseAsync("drop function dw.sabotage cascade");

            Assert.Equal($"While {step}: PostgreSQL refused the data with SQLSTATE 23514.", failure.Message);
            Assert.Equal((table, before), (table, await bench.ContentsAsync()));
            Assert.Equal($"failed {failure.Message}", await bench.ReadAsync<string>($"select concat_ws(' ', status, error) from {LastRun}"));
        }

        await CatchesUpAsync(bench);
    }

    [Fact]
    public async Task A_pass_that_is_cancelled_leaves_nothing_but_its_book_entry()
    {
        await using var bench = await CreateAsync();
        var before = await bench.ContentsAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var feed = bench.Feed;
        bench.Feed = Interrupted(() =>
        {
            stop.Cancel();
            return Task.CompletedTask;
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.RunAsync(cancellationToken: stop.Token));

        Assert.Equal(before, await bench.ContentsAsync());
        Assert.Matches("^While (reading the source|loading the (customers|merchants)): The pass was cancelled\\.$", await bench.ReadAsync<string>("select error from etl.run where status = 'failed'"));
        bench.Feed = feed;
        await CatchesUpAsync(bench);
    }

    [Fact]
    public async Task A_pass_that_loses_its_connection_leaves_nothing_and_gives_the_lock_back()
    {
        await using var bench = await CreateAsync();
        var before = await bench.ContentsAsync();
        var feed = bench.Feed;
        bench.Feed = Interrupted(async () =>
        {
            await using var connection = new NpgsqlConnection(bench.Warehouse.ConnectionString);
            await connection.OpenAsync(Token);
            await using var kill = new NpgsqlCommand(
                "select pg_terminate_backend(pid, 10000) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())", connection);
            Assert.Equal(true, await kill.ExecuteScalarAsync(Token));
        });

        await Assert.ThrowsAsync<BatchException>(() => bench.RunAsync());

        Assert.Equal(before, await bench.ContentsAsync());
        Assert.Equal(1, await bench.ReadAsync<long>("select count(*) from etl.run where status = 'failed'"));
        bench.Feed = feed;
        await CatchesUpAsync(bench);
    }

    [Fact]
    public async Task Of_two_passes_at_once_the_second_is_told_who_holds_the_warehouse()
    {
        await using var bench = await CreateAsync();
        var (reached, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        bench.Feed = Interrupted(() =>
        {
            reached.SetResult();
            return release.Task;
        });
        var first = bench.RunAsync();
        await reached.Task.WaitAsync(Patience, Token);

        var busy = await Assert.ThrowsAsync<BatchBusyException>(() => bench.RunAsync());
        release.SetResult();
        await first;

        Assert.Contains($"run 1 on {Environment.MachineName}, process {Environment.ProcessId} since 20", busy.Message);
        Assert.Equal(await bench.SourceTallyAsync("amount > 0"), await bench.FactsAsync());
        Assert.Equal(1, await bench.ReadAsync<long>("select count(*) from etl.run"));
    }

    [Fact]
    public async Task Who_holds_the_warehouse_is_named_by_the_lock_and_not_by_the_newest_run()
    {
        await using var bench = await CreateAsync();
        // A rotation between two of its batches, begun after the pass: its run is the newest, and it holds nothing.
        var (reached, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        bench.Feed = Interrupted(async () =>
        {
            await bench.WarehouseAsync("insert into etl.run (kind, trigger, host) values ('command', 'rotate-key', 'elsewhere')");
            reached.SetResult();
            await release.Task;
        });
        var first = bench.RunAsync();
        await reached.Task.WaitAsync(Patience, Token);
        Assert.Contains("run 1 on ", (await Assert.ThrowsAsync<BatchBusyException>(() => bench.RunAsync())).Message);
        release.SetResult();
        await first;

        // Who keeps no run, or not yet, is named by its process of the server.
        await using var holder = await bench.Warehouse.DataSource.OpenConnectionAsync(Token);
        await using var held = await PassLock.AcquireAsync(holder, Token);
        var busy = await Assert.ThrowsAsync<BatchBusyException>(() => bench.RunAsync());
        Assert.Equal($"Another pass holds this warehouse: process {holder.ProcessID} of its server, which has no run on record yet.", busy.Message);
    }

    [Fact]
    public async Task What_a_view_of_the_source_raises_is_not_repeated()
    {
        await using var bench = await CreateAsync();
        await bench.SourceAsync("""
            create function refuse(name text) returns text language plpgsql as $$ begin raise exception 'no address for %', name; end $$;
            alter table customers rename to people;
            create view customers as select customer_id, first_name, last_name, refuse(last_name)::varchar as email, signup_date from people;
            """);
        var failure = await Assert.ThrowsAsync<BatchException>(() => bench.RunAsync());
        Assert.EndsWith("PostgreSQL answered with SQLSTATE P0001; what it said may quote a row and is not repeated.", failure.Message);
        Assert.Equal(0, await bench.ReadAsync<long>("select count(*) from etl.run where error like '%Lovelace%'"));
    }

    [Fact]
    public async Task A_run_tells_all_the_settings_it_had()
    {
        await using var bench = await CreateAsync();
        bench.Options = new BatchOptions { MaximumAmount = 50, VolumeFactor = 7, FreshWithin = TimeSpan.FromHours(3), DirectLoadRows = 11, UpdatedAtOverlap = TimeSpan.FromMinutes(9) };
        await bench.RunAsync();
        Assert.Equal("50 7 03:00:00 11 00:09:00 merchants merchant_name category", await bench.ReadAsync<string>("""
            select concat_ws(' ', settings ->> 'maximum_amount', settings ->> 'volume_factor', settings ->> 'fresh_within', settings ->> 'direct_load_rows', settings ->> 'updated_at_overlap',
                             settings ->> 'extract_transactions', settings ->> 'merchant_collection', settings ->> 'merchant_name_field', settings ->> 'merchant_category_field')
            from etl.run
            """));
    }

    [Fact]
    public async Task A_watermark_that_moved_meanwhile_rolls_the_pass_back()
    {
        await using var bench = await CreateAsync();
        await bench.RunAsync();
        await bench.SourceAsync("insert into transactions (customer_id, transaction_date, amount) values (1, '2026-01-05', 1)");
        var facts = await bench.FactsAsync();
        bench.Feed = Interrupted(() => bench.WarehouseAsync("update etl.watermark set last_id = 90"));

        var failure = await Assert.ThrowsAsync<BatchException>(() => bench.RunAsync());

        Assert.Contains("another pass was faster", failure.Message);
        Assert.Equal(facts, await bench.FactsAsync());
    }

    [Fact]
    public async Task A_run_whose_process_died_is_closed_by_the_next_one()
    {
        await using var bench = await CreateAsync();
        await bench.WarehouseAsync("insert into etl.run (kind, trigger, host) values ('batch', 'schedule', 'elsewhere'), ('stream', 'start', 'elsewhere')");
        await bench.RunAsync();
        Assert.Equal(
            ["batch failed The process ended before its run did.", "stream running", "batch succeeded"],
            await bench.ListAsync("select concat_ws(' ', kind, status, error) from etl.run order by run_id"));
    }

    [Fact]
    public async Task A_source_with_another_schema_stops_the_pass_before_anything_is_written()
    {
        await using var bench = await CreateAsync();
        var before = await bench.ContentsAsync();

        await StopsAsync("alter table transactions alter column amount type double precision",
            "table transactions, column amount: expected numeric, found double precision, which loses cents");
        await StopsAsync("alter table transactions alter column transaction_date type date",
            "table transactions, column transaction_date: expected timestamp, found date");
        await StopsAsync("alter table customers drop column email", "table customers, column email: expected text, found no such column");
        await StopsAsync("alter table customers add email text; drop table transactions", "table transactions: relation \"transactions\" does not exist");

        async Task StopsAsync(string change, string sentence)
        {
            await bench.SourceAsync(change);
            var failure = await Assert.ThrowsAsync<BatchException>(() => bench.RunAsync());
            Assert.Contains(sentence, failure.Message);
            Assert.Equal(before, await bench.ContentsAsync());
            Assert.Equal($"failed {failure.Message}", await bench.ReadAsync<string>($"select concat_ws(' ', status, error) from {LastRun}"));
        }
    }

    /// <summary>100 rows, the last of them not loadable. The key is registered, so that it does not count as a change.</summary>
    private async Task<BatchBench> CreateAsync()
    {
        var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync("""
            insert into customers values (1, 'Ada', 'Lovelace', 'ada@example.com', '2020-01-01');
            insert into transactions (customer_id, transaction_date, amount, merchant_details)
            select 1, timestamp '2026-01-05' + i * interval '1 minute', case when i = 100 then 0 else i end, 'Corner Cafe' from generate_series(1, 100) i;
            """);
        return bench;
    }

    private static async Task CatchesUpAsync(BatchBench bench)
    {
        await bench.RunAsync();
        Assert.Equal(await bench.SourceTallyAsync("amount > 0"), await bench.FactsAsync());
        Assert.Equal(await bench.SourceTallyAsync("amount > 0"), new Tally(
            await bench.ReadAsync<long>("select sum(transactions)::bigint from dw.agg_minute_total"), await bench.ReadAsync<decimal>("select sum(amount) from dw.agg_minute_total")));
        Assert.Equal(1, await bench.ReadAsync<long>("select count(*) from etl.rejected_row"));
        Assert.Equal("succeeded", await bench.ReadAsync<string>($"select status from {LastRun}"));
    }

    /// <summary>Something happens between two merchants: when the source is staged, and before anything is merged.</summary>
    private static MerchantFeed Interrupted(Func<Task> happens)
    {
        return Documents;

        async IAsyncEnumerable<BsonDocument> Documents([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            yield return BatchBench.Merchant("Corner Cafe", "Restaurants");
            await happens();
            cancellationToken.ThrowIfCancellationRequested();
            yield return BatchBench.Merchant("Green Grocer", "Groceries");
        }
    }
}
