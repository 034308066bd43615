using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Batch.Copy;
using Fintech.Etl.Worker.Extract;
using Fintech.Tests.Batch;
using Xunit;

namespace Fintech.Tests.Extract;

/// <summary>Queries of one's own against schemas of one's own, and what the contract says of them.</summary>
public sealed class ExtractTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Columns_are_found_by_name_whatever_their_order_and_type()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync("""
            create table people (signup_date date, email text, last_name char(20), first_name text, customer_id bigint);
            insert into people values ('2020-01-01', 'ada@example.com', 'Lovelace', 'Ada', 5000000000);
            create table entries (merchant_name char(30), amount numeric, transaction_date timestamptz, customer_id bigint, transaction_id bigint,
                                  terminal_id text, currency char(3), type text);
            insert into entries values
                ('Corner Cafe', 12.50, '2026-01-05 10:00+01', 5000000000, 6000000001, 'T-1', 'EUR', 'purchase'),
                ('Corner Cafe', 0.10, '2026-01-05 10:00+00', 5000000000, 6000000002, null, null, null),
                ('Corner Cafe', 0.105, '2026-01-05 10:00+00', 5000000000, 6000000003, null, null, null),
                ('Corner Cafe', 'NaN', '2026-01-05 10:00+00', 5000000000, 6000000004, null, null, null),
                ('Corner Cafe', 'infinity', '2026-01-05 10:00+00', 5000000000, 6000000005, null, null, null),
                ('Corner Cafe', 1e12, 'infinity', 5000000000, 6000000006, null, null, null);
            """);
        bench.Options = new BatchOptions
        {
            SourceTimeZone = "America/New_York",
            Extract = new ExtractOptions { Customers = bench.QueryFile("select * from people"), Transactions = bench.QueryFile("select * from entries  -- the end") },
        };

        var report = await bench.RunAsync();

        Assert.Equal((new Tally(6, 12.60m), 2, 4), (report.Totals.SourceSaid, report.Totals.Loaded.Rows, report.Totals.Quarantined.Rows));
        Assert.Equal(["6000000001 12.50 2026-01-05 09:00 5000000000 Ada Corner Cafe", "6000000002 0.10 2026-01-05 10:00 5000000000 Ada Corner Cafe"],
            await bench.ListAsync("""
                select concat_ws(' ', transaction_id, amount, to_char(occurred_at, 'YYYY-MM-DD HH24:MI'), customer_id, first_name, merchant_name)
                from dw.fact_transactions join dw.dim_customer using (customer_key) join dw.dim_merchant using (merchant_key) order by transaction_id
                """));
        Assert.Equal(["amount_missing 4"], await bench.ListAsync("select check_name || ' ' || count(*) from etl.rejected_row group by check_name"));
        Assert.Equal(6, (await bench.RunAsync(new BatchRequest { Trigger = "test", From = new DateTime(2026, 1, 5, 4, 0, 0) })).Totals.Read.Rows);
        Assert.Equal(5, (await bench.RunAsync(new BatchRequest { Trigger = "test", From = new DateTime(2026, 1, 5, 5, 0, 0) })).Totals.Read.Rows);
    }

    [Fact]
    public async Task Where_a_table_of_the_plain_schema_has_updated_at_it_is_used_without_asking()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync("""
            alter table customers add updated_at timestamptz;
            alter table transactions add updated_at timestamp default '2026-01-05';
            insert into customers select i, 'Ada', 'Lovelace', 'c' || i || '@example.com', '2020-01-01', '2026-01-05' from generate_series(1, 500) i;
            insert into transactions (transaction_date, amount) select '2026-01-05', i from generate_series(1, 100) i;
            """);
        var first = await bench.RunAsync();
        Assert.DoesNotContain(first.Checks, result => result.Check == Checks.NewColumns && !result.Passed);
        Assert.Equal((500, 100), (Customers(first), first.Totals.Loaded.Rows));
        Assert.Equal((0, 0), (Customers(await bench.RunAsync()), (await bench.RunAsync()).Totals.Read.Rows));

        await bench.SourceAsync("""
            update customers set first_name = 'Grace', updated_at = now() where customer_id in (7, 8);
            update customers set first_name = 'Nobody notices' where customer_id = 9;
            update transactions set amount = 1000, updated_at = now() at time zone 'UTC' where transaction_id = 50;
            """);
        var second = await bench.RunAsync();

        Assert.Equal((2, 1, 1), (Customers(second), second.Totals.Read.Rows, second.Totals.Quarantined.Rows));    // Never overwritten: the audit is for that.
        Assert.Equal(["7", "8"], await bench.ListAsync("select customer_id from dw.dim_customer where first_name = 'Grace' and is_current order by 1"));
        Assert.Equal(500, Customers(await bench.RunAsync(BatchBench.Full)));

        static long Customers(PassReport report) => report.Stages.SingleOrDefault(line => line.What == "customers")?.Rows ?? 0;
    }

    [Fact]
    public async Task Columns_that_only_some_sources_have_are_read_where_they_are()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync("insert into transactions values (1, null, '2026-01-05', 1, 'Corner Cafe'), (2, null, '2026-01-05', 2, null)");
        bench.Options = new BatchOptions
        {
            Extract = new ExtractOptions
            {
                Transactions = bench.QueryFile("""
                    select 'T-' || transaction_id as terminal_id, transaction_id, customer_id, transaction_date, amount, merchant_details as merchant_name,
                           case transaction_id when 1 then 'refund' end as type
                    from transactions
                    """),
            },
        };
        await using var snapshot = await SourceSnapshot.OpenAsync(bench.Source, bench.Options, Token);

        var rows = new List<TransactionRow>();
        await using var ahead = ReadAhead<TransactionRow>.Begin(
            (chunks, token) => snapshot.ReadTransactionsAsync(snapshot.Select(BatchBench.Full, new Watermark(null, [])), chunks, token), Token);
        await foreach (var chunk in ahead.AllAsync(Token))
            rows.AddRange(chunk);

        Assert.Equal(
            [new TransactionRow(1, null, new DateTime(2026, 1, 5), 1, "Corner Cafe", "refund", null, "T-1"), new TransactionRow(2, null, new DateTime(2026, 1, 5), 2, null, null, null, "T-2")],
            rows);
    }

    /// <summary>A pass gives the source back before its block ends, and the connection is somebody else's by then.</summary>
    [Fact]
    public async Task A_look_that_is_given_back_twice_leaves_the_next_one_alone()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        var first = await SourceSnapshot.OpenAsync(bench.Source, bench.Options, Token);
        var server = await BackendAsync(first);
        await first.DisposeAsync();
        await using var second = await SourceSnapshot.OpenAsync(bench.Source, bench.Options, Token);
        Assert.Equal(server, await BackendAsync(second));     // The same connection, or nothing is tested.

        await first.DisposeAsync();

        await using var state = second.Command("select current_setting('transaction_isolation')");
        Assert.Equal("repeatable read", await state.ExecuteScalarAsync(Token));

        static async Task<int> BackendAsync(SourceSnapshot snapshot)
        {
            await using var backend = snapshot.Command("select pg_backend_pid()");
            return (int)(await backend.ExecuteScalarAsync(Token))!;
        }
    }

    [Theory]
    [InlineData("amount", "amount::double precision", "column amount: expected numeric, found double precision, which loses cents")]
    [InlineData("amount", "amount::money", "column amount: expected numeric, found money, whose decimals depend on a setting of the server")]
    [InlineData("amount", "1250", "column amount: expected numeric, found integer")]
    [InlineData("customer_id", "customer_id::text", "column customer_id: expected integer or bigint, found text")]
    [InlineData("merchant_name", "array[customer_id]", "column merchant_name: expected text, found integer[]")]
    [InlineData("currency", "978", "column currency: expected text, found integer")]
    [InlineData("payee", "1", "column payee: expected once, found repeatedly")]
    public async Task A_column_of_another_type_stops_the_pass(string column, string expression, string sentence)
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        var columns = new Dictionary<string, string>
        {
            ["transaction_id"] = "transaction_id", ["customer_id"] = "customer_id", ["transaction_date"] = "transaction_date",
            ["amount"] = "amount", ["merchant_name"] = "merchant_details", [column] = expression,
        };
        var file = bench.QueryFile($"select {string.Join(", ", columns.Select(item => $"{item.Value} as {item.Key}"))}{(column == "payee" ? ", 2 as payee" : "")} from transactions");
        await StopsAsync(bench, file, $"extract {file}, {sentence}");
    }

    [Fact]
    public async Task A_query_that_does_not_run_or_yields_too_little_stops_the_pass()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        var file = bench.QueryFile("select transaction_id, customer_id, transaction_date, amount from transactions");
        await StopsAsync(bench, file, $"extract {file}, column merchant_name: expected text, found no such column");
        File.WriteAllText(file, "select transaction_id frum transactions where");
        await StopsAsync(bench, file, $"extract {file}: syntax error");
        File.WriteAllText(file, "select * from nowhere");
        await StopsAsync(bench, file, $"extract {file}: relation \"nowhere\" does not exist");
        File.Delete(file);
        await StopsAsync(bench, file, "The extract of transactions cannot be read: Could not find file");
        Assert.Equal($"Etl:Extract:Transactions is '{file}', but there is no such file (looked for {file}).",
            Assert.Single(new ExtractOptions { Transactions = file }.Validate()).ErrorMessage);

        await bench.SourceAsync("insert into transactions values (1, null, '2026-01-05', 1, 'Corner Cafe')");
        file = bench.QueryFile("select null::int as transaction_id, customer_id, transaction_date, amount, merchant_details as merchant_name from transactions");
        await StopsAsync(bench, file, "The source has a row without transaction_id, which has to tell rows from one another.");
    }

    [Fact]
    public async Task New_columns_stop_nothing_and_are_reported()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.RunAsync();
        Assert.Equal("t 0 {}", await Reported());

        await bench.SourceAsync("alter table transactions add loyalty_tier text, add currency text; alter table customers add phone text");
        await bench.RunAsync();
        Assert.Equal("f 3 {customers.phone,transactions.currency,transactions.loyalty_tier}", await Reported());

        bench.Options = new BatchOptions { Extract = new ExtractOptions { Transactions = bench.QueryFile("select *, merchant_details as merchant_name from transactions") } };
        await bench.RunAsync();
        Assert.Equal("f 3 {customers.phone,transactions.loyalty_tier,transactions.merchant_details}", await Reported());

        Task<string> Reported() => bench.ReadAsync<string>(
            "select concat_ws(' ', passed, failures, sample) from etl.check_result where name = 'new_columns' order by run_id desc limit 1");
    }

    [Fact]
    public async Task The_index_on_the_id_serves_the_query_around_an_extract()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync("""
            insert into transactions (transaction_date, amount, merchant_details)
            select timestamp '2026-01-05' + i * interval '1 second', i, 'Corner Cafe' from generate_series(1, 20000) i;
            analyze transactions;
            """);
        foreach (var own in new[] { null, bench.QueryFile("select transaction_id, customer_id, transaction_date, amount, merchant_details as merchant_name from transactions where amount > 0") })
        {
            var options = new BatchOptions { Extract = new ExtractOptions { Transactions = own } };
            await using var snapshot = await SourceSnapshot.OpenAsync(bench.Source, options, Token);
            var selection = snapshot.Select(new BatchRequest { Trigger = "test" }, new Watermark(19_900, [new Gap(50, 51, DateTime.UnixEpoch), new Gap(70, 70, DateTime.UnixEpoch)]));

            await using var explain = bench.Source.CreateCommand($"explain (costs off) select * from ({selection}) as selected order by transaction_id");
            await using var reader = await explain.ExecuteReaderAsync(Token);
            var plan = new List<string>();
            while (await reader.ReadAsync(Token))
                plan.Add(reader.GetString(0));

            var text = string.Join('\n', plan);
            Assert.True(plan.Count(line => line.Contains("transactions_pkey", StringComparison.Ordinal)) == 2, text);
            Assert.DoesNotContain("Seq Scan", text);
            Assert.DoesNotContain("Materialize", text);
        }
    }

    [Theory]
    [InlineData("timestamp", "UTC")]
    [InlineData("timestamp", "Asia/Kolkata")]
    [InlineData("timestamptz", "UTC")]
    public async Task What_was_updated_below_the_watermark_is_read_again(string type, string zone)
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        var now = type == "timestamp" ? $"now() at time zone '{zone}'" : "now()";
        await bench.SourceAsync($"""
            alter table customers add updated_at {type} default ({now} - interval '1 hour');
            alter table transactions add updated_at {type} default ({now} - interval '1 hour');
            insert into customers values (1, 'Ada', 'Lovelace', 'ada@example.com', '2020-01-01'), (2, 'Grace', 'Hopper', 'grace@example.com', '2020-01-01');
            insert into transactions (transaction_id, customer_id, transaction_date, amount, merchant_details)
            select i, 1, timestamp '2026-01-05' + i * interval '1 minute', i, 'Corner Cafe' from generate_series(1, 100) i where i <> 50;
            """);
        bench.Options = new BatchOptions
        {
            SourceTimeZone = zone,
            Extract = new ExtractOptions { Customers = bench.QueryFile("select * from customers"), Transactions = bench.QueryFile("select *, merchant_details as merchant_name from transactions") },
        };
        await bench.RunAsync();
        Assert.Equal("0 0", await CustomersAndTransactionsAsync());

        // One customer and one transaction change; a hole below the watermark is filled, by a row that is read once only.
        await bench.SourceAsync($"""
            update customers set email = 'ada@lovelace.example', updated_at = {now} where customer_id = 1;
            update transactions set amount = 1000, updated_at = {now} where transaction_id = 7;
            insert into transactions values (50, 1, '2026-01-05', 50, 'Corner Cafe', {now}), (101, 1, '2026-01-05', 101, 'Corner Cafe', {now});
            """);
        var report = await bench.RunAsync();

        Assert.Equal((new Tally(3, 1151), 2, 1), (report.Totals.Read, report.Totals.Loaded.Rows, report.Totals.Quarantined.Rows));
        Assert.Equal("1", await bench.ReadAsync<string>("select string_agg(customer_id::text, ' ') from dw.dim_customer where not is_current"));
        Assert.Equal("7 conflict", await bench.ReadAsync<string>("select record_key || ' ' || check_name from etl.rejected_row"));
        Assert.Equal("1 3", await CustomersAndTransactionsAsync());

        await bench.WarehouseAsync("update etl.watermark set read_at = read_at + interval '6 minutes'");
        Assert.Equal("0 0", await CustomersAndTransactionsAsync());

        async Task<string> CustomersAndTransactionsAsync()
        {
            var stages = (await bench.RunAsync()).Stages;
            return $"{stages.Single(line => line is { Stage: "extract", What: "customers" }).Rows} {stages.Single(line => line is { Stage: "extract", What: "transactions" }).Rows}";
        }
    }

    private static async Task StopsAsync(BatchBench bench, string file, string sentence)
    {
        bench.Options = new BatchOptions { Extract = new ExtractOptions { Transactions = file } };
        await bench.CreatePassAsync();  // Registers the key, which then counts as no change.
        var before = await bench.ContentsAsync();
        var failure = await Assert.ThrowsAsync<BatchException>(() => bench.RunAsync());
        Assert.Contains(sentence, failure.Message);
        Assert.Equal(before, await bench.ContentsAsync());
    }
}
