using Fintech.Contracts;
using Fintech.Etl.Worker.Streaming;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Streaming;

/// <summary>Exactly once in effect: whatever is sent twice, raced or interrupted, the warehouse tells the same story.</summary>
public sealed class PartitionProcessorTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Facts_aggregates_and_what_was_sent_agree_to_the_cent()
    {
        await using var bench = await Workbench.CreateAsync(servers, new StreamOptions { BatchSize = 97 });
        var random = new Random(7);
        var sent = 0m;
        for (var i = 0; i < 1000; i++)
        {
            var amount = random.Next(1, 500_000) / 100m;
            sent += amount;
            await bench.SendAsync(Workbench.Event($"t-{i}", amount, random.Next(50), $"Merchant {random.Next(9)}"), partition: i % 2);
        }

        await Task.WhenAll(bench.DrainAsync(0), bench.DrainAsync(1));

        Assert.Equal((1000L, sent), (await bench.FactsAsync(), await bench.AmountAsync()));
        await bench.AssertConsistentAsync();
        var totals = bench.Session.Counters.Totals;
        Assert.Equal((new Tally(1000, sent), new Tally(1000, sent)), (totals.Read, totals.Loaded));
        Assert.Equal(1000L, await bench.ScalarAsync<long>("select sum(entries_read)::bigint from etl.stream_checkpoint"));
    }

    [Fact]
    public async Task An_event_sent_twice_is_one_transaction()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        var message = Workbench.Event("t-1", 4000m);
        await bench.SendAsync(message);
        await bench.SendAsync(message);    // in the same batch
        await bench.DrainAsync();
        await bench.SendAsync(message);    // in a later one
        await bench.SendAsync(message, partition: 1);
        await bench.DrainAsync();
        await bench.DrainAsync(1);

        Assert.Equal((1L, 4000m), (await bench.FactsAsync(), await bench.AmountAsync()));
        Assert.Equal(1L, await bench.ScalarAsync<long>("select count(*) from dw.fact_fraud_alerts"));
        Assert.Equal(0L, await bench.ScalarAsync<long>("select count(*) from etl.rejected_row"));
        Assert.Equal(new Tally(3, 12_000m), bench.Session.Counters.Totals.Known);
        await bench.AssertConsistentAsync();
    }

    [Fact]
    public async Task The_same_key_with_other_content_is_quarantined_and_never_overwrites()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        var message = Workbench.Event("t-1", 10m);
        await bench.SendAsync(message);
        await bench.SendAsync(message with { Amount = 11m });    // in the same batch
        await bench.DrainAsync();
        await bench.SendAsync(message with { CustomerId = 7 });
        await bench.SendAsync(message with { CustomerId = 7 });    // the same conflict again
        await bench.SendAsync(message with { Timestamp = message.Timestamp.AddSeconds(-1) });
        await bench.SendAsync(message with { Source = "ledger" });    // another ledger's t-1
        await bench.SendAsync(message with { TerminalId = "till 4" });    // more is known of it: no contradiction
        await bench.DrainAsync();

        Assert.Equal((2L, 20m), (await bench.FactsAsync(), await bench.AmountAsync()));
        Assert.Equal(
            [10m, 10m, 11m],
            await bench.ScalarAsync<decimal[]>(
                "select array_agg(amount order by amount) from etl.rejected_row where check_name = 'conflict' and record_key = 't-1'"));
        Assert.Equal(4, bench.Session.Counters.Totals.Quarantined.Rows);
        Assert.Equal(1, bench.Session.Counters.Totals.Known.Rows);
        await bench.AssertConsistentAsync();
    }

    [Fact]
    public async Task A_conflict_is_one_with_the_warehouse_not_with_the_batch()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        var known = Workbench.Event("t-1", 10m);
        await bench.SendAsync(known);
        await bench.DrainAsync();
        await bench.SendAsync(known with { Amount = 99m });    // first of its batch, yet it is the odd one out
        await bench.SendAsync(known);
        await bench.DrainAsync();

        Assert.Equal(99m, await bench.ScalarAsync<decimal>("select amount from etl.rejected_row"));
        Assert.Equal(new Tally(1, 10m), bench.Session.Counters.Totals.Known);
    }

    [Fact]
    public async Task A_crash_between_commit_and_feed_loses_and_doubles_nothing()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await bench.Redis.StringSetAsync(StreamNames.Feed, "no stream, so that the bell cannot ring");
        await bench.SendAsync(Workbench.Event("t-1"));
        await bench.DrainAsync();
        await bench.Redis.KeyDeleteAsync(StreamNames.Feed);

        await bench.SendAsync(Workbench.Event("t-2"));
        await bench.DrainAsync();

        Assert.Equal(2L, await bench.FactsAsync());
        Assert.Equal(1, Assert.Single(await bench.FeedAsync()).Count);
        Assert.Equal(0, bench.Session.Counters.Totals.Known.Rows);
    }

    /// <summary>The deferred trigger fails the commit itself, the other one a statement before it.</summary>
    [Theory]
    [InlineData("create trigger fail after insert on dw.fact_fraud_alerts for each row execute function dw.fail()")]
    [InlineData(
        """
        create constraint trigger fail after update on etl.stream_checkpoint deferrable initially deferred
        for each row execute function dw.fail()
        """)]
    public async Task A_failure_before_the_commit_writes_nothing_and_a_later_run_completes(string trigger)
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await bench.SendAsync(Workbench.Event("t-0"));
        await bench.DrainAsync();
        for (var i = 1; i <= 5; i++)
            await bench.SendAsync(Workbench.Event($"t-{i}", 5000m));
        await bench.SendAsync("not json");

        await bench.ExecuteAsync("create function dw.fail() returns trigger language plpgsql as $$ begin raise 'injected'; end $$");
        await bench.ExecuteAsync(trigger);
        await using var processor = bench.Processor();
        for (var attempt = 0; attempt < 2; attempt++)
            Assert.Contains("injected", (await Assert.ThrowsAsync<PostgresException>(() => processor.RunOnceAsync(Token))).Message);

        Assert.Equal(1L, await bench.FactsAsync());
        Assert.Equal(0L, await bench.ScalarAsync<long>("select count(*) from etl.rejected_row"));
        Assert.Equal(1L, await bench.ScalarAsync<long>("select entries_read from etl.stream_checkpoint"));
        await bench.AssertConsistentAsync();

        await bench.ExecuteAsync("drop function dw.fail() cascade");
        await Workbench.DrainAsync(processor);
        Assert.Equal((6L, 25_010m), (await bench.FactsAsync(), await bench.AmountAsync()));
        Assert.Equal(5L, await bench.ScalarAsync<long>("select count(*) from dw.fact_fraud_alerts"));
        Assert.Equal(7L, await bench.ScalarAsync<long>("select entries_read from etl.stream_checkpoint"));
        await bench.AssertConsistentAsync();
    }

    [Fact]
    public async Task A_connection_that_dies_is_replaced()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await using var processor = bench.Processor();
        await bench.SendAsync(Workbench.Event("t-1"));
        await Workbench.DrainAsync(processor);
        await bench.TerminateAsync("true");

        await bench.SendAsync(Workbench.Event("t-2"));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => processor.RunOnceAsync(Token));
        await Eventually.IsTrueAsync("the processor to go on", async _ => await TryDrainAsync(processor), TimeSpan.FromSeconds(10), Token);
        Assert.Equal(2L, await bench.FactsAsync());
        await bench.AssertConsistentAsync();
    }

    [Fact]
    public async Task The_second_of_two_owners_is_fenced_off()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await using var first = bench.Processor();
        await using var second = bench.Processor();
        await bench.SendAsync(Workbench.Event("t-1"));
        await first.RunOnceAsync(Token);
        await second.RunOnceAsync(Token);    // nothing to read, but it knows the position now
        await bench.SendAsync(Workbench.Event("t-2", 4000m));
        await first.RunOnceAsync(Token);

        await Assert.ThrowsAsync<FencedException>(() => second.RunOnceAsync(Token));
        Assert.Equal(0, await second.RunOnceAsync(Token));    // it starts from the committed position again
        Assert.Equal((2L, 4010m), (await bench.FactsAsync(), await bench.AmountAsync()));
        Assert.Equal(2L, await bench.ScalarAsync<long>("select entries_read from etl.stream_checkpoint"));
        await bench.AssertConsistentAsync();
    }

    /// <summary>The test holds the checkpoint until all three have read the same entries and wait at the fence.</summary>
    [Fact]
    public async Task Of_owners_that_race_for_a_batch_exactly_one_writes_it()
    {
        await using var bench = await Workbench.CreateAsync(servers, new StreamOptions { BatchSize = 10 });
        for (var i = 0; i < 30; i++)
            await bench.SendAsync(Workbench.Event($"t-{i}", 3000m + i));

        await using var first = bench.Processor();
        await using var second = bench.Processor();
        await using var third = bench.Processor();
        await first.TendAsync(Token);    // makes the checkpoint
        for (var round = 0; round < 3; round++)
            Assert.Equal(2, await RaceAsync());

        Assert.Equal((30L, Enumerable.Range(0, 30).Sum(i => 3000m + i)), (await bench.FactsAsync(), await bench.AmountAsync()));
        Assert.Equal(29L, await bench.ScalarAsync<long>("select count(*) from dw.fact_fraud_alerts"));
        Assert.Equal(30L, await bench.ScalarAsync<long>("select entries_read from etl.stream_checkpoint"));
        Assert.Equal(new Tally(30, await bench.AmountAsync()), bench.Session.Counters.Totals.Read);
        await bench.AssertConsistentAsync();

        async Task<int> RaceAsync()
        {
            await using var holder = await bench.Warehouse.DataSource.OpenConnectionAsync(Token);
            await using var transaction = await holder.BeginTransactionAsync(Token);
            await using var hold = new NpgsqlCommand("select from etl.stream_checkpoint for update", holder);
            await hold.ExecuteNonQueryAsync(Token);

            var racing = new[] { first, second, third }.Select(TryRunAsync).ToList();
            await Eventually.ReadAsync(
                "three owners to wait at the fence",
                _ => bench.ScalarAsync<long>(
                    "select count(*) from pg_stat_activity where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0"),
                waiting => waiting == 3, TimeSpan.FromSeconds(25), Token);
            await transaction.CommitAsync(Token);
            return (await Task.WhenAll(racing)).Count(written => !written);
        }

        static async Task<bool> TryRunAsync(PartitionProcessor processor)
        {
            try
            {
                Assert.Equal(10, await processor.RunOnceAsync(Token));
                return true;
            }
            catch (FencedException)
            {
                return false;
            }
        }
    }

    /// <summary>Whoever holds the row of a checkpoint and falls silent loses it before the successor, who waits for it, gives up.</summary>
    [Fact]
    public async Task Whatever_writes_to_a_checkpoint_is_patient_for_ten_seconds_only()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await bench.ExecuteAsync("create table etl.patience (idle text)");
        await bench.ExecuteAsync("""
            create function etl.note_patience() returns trigger language plpgsql as $$ begin
                insert into etl.patience values (current_setting('idle_in_transaction_session_timeout'));
                return new;
            end $$
            """);
        await using var processor = bench.Processor();
        await bench.SendAsync(Workbench.Event("t-1"));
        await processor.RunOnceAsync(Token);
        await bench.ExecuteAsync("create trigger note before update on etl.stream_checkpoint for each row execute function etl.note_patience()");
        await bench.SendAsync(Workbench.Event("t-2"));
        await processor.RunOnceAsync(Token);    // a batch
        Assert.Equal(["10s"], await PatienceAsync(bench));
        await processor.TendAsync(Token);       // a sighting, and a snapshot
        await bench.Redis.KeyDeleteAsync(StreamNames.Transactions(0));
        await processor.TendAsync(Token);       // a loss
        Assert.Equal(["10s"], await PatienceAsync(bench));

        static Task<string[]> PatienceAsync(Workbench bench) =>
            bench.ScalarAsync<string[]>("select array_agg(distinct idle) from etl.patience");
    }

    /// <summary>The bell rings, and latency ends, when the commit has come through; what is written inside of it can only say when it began.</summary>
    [Fact]
    public async Task The_time_of_the_bell_includes_the_commit()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await bench.ExecuteAsync("create function dw.slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.3); return null; end $$");
        await bench.ExecuteAsync("create constraint trigger slow after insert on dw.fact_fraud_alerts deferrable initially deferred for each row execute function dw.slow()");
        await bench.SendAsync(Workbench.Event("t-1", 4000m));
        await bench.DrainAsync();
        var written = await bench.ScalarAsync<DateTime>("select committed_at from dw.fact_fraud_alerts");
        Assert.True(Assert.Single(await bench.FeedAsync()).CommittedAt.UtcDateTime - written > TimeSpan.FromSeconds(0.3));
    }

    [Fact]
    public async Task A_partition_goes_on_past_entries_that_cannot_be_read()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await bench.SendAsync(Workbench.Event("t-1"));
        var entry = await bench.SendAsync("{\"email\":\"ada@example.com\"");
        await bench.SendAsync(Workbench.Event("t-2", -3m));
        await bench.SendAsync(Workbench.Event("t-3"));
        await bench.DrainAsync();

        Assert.Equal(2L, await bench.FactsAsync());
        Assert.Equal(new Tally(2, -3m), bench.Session.Counters.Totals.Quarantined);
        var secret = await bench.ScalarAsync<byte[]>(
            $"select sealed from etl.rejected_row where origin = 'transactions:0' and record_key = '{entry}'");
        Assert.Equal("{\"email\":\"ada@example.com\""u8, bench.Keys.Current.Unseal(secret));
        Assert.Equal(
            "amount", await bench.ScalarAsync<string>("select check_name from etl.rejected_row where record_key = 't-2' and payload is not null"));
        Assert.Equal(
            0L, await bench.ScalarAsync<long>("select count(*) from etl.rejected_row r where r::text like '%ada@example.com%'"));
    }

    [Fact]
    public async Task Unknown_customers_and_merchants_become_inferred_members_once()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await bench.ExecuteAsync("insert into dw.dim_merchant (merchant_name, category) values ('Known Market', 'Groceries')");
        await bench.SendAsync(Workbench.Event("t-1", customer: 1, merchant: "Known Market"));
        await bench.SendAsync(Workbench.Event("t-2", customer: 2, merchant: "  New Kiosk "), partition: 1);
        await bench.SendAsync(Workbench.Event("t-3", customer: 2, merchant: "New Kiosk"), partition: 2);
        await Task.WhenAll(bench.DrainAsync(0), bench.DrainAsync(1), bench.DrainAsync(2));

        Assert.Equal(
            ["Known Market Groceries False", "New Kiosk Unknown True"],
            await ColumnAsync(
                bench,
                """
                select merchant_name || ' ' || category || ' ' || initcap(is_inferred::text)
                from dw.dim_merchant where merchant_key <> 0 order by 1
                """));
        Assert.Equal(2L, await bench.ScalarAsync<long>("select count(*) from dw.dim_customer where is_inferred and customer_key <> 0"));
        Assert.Equal(
            ["Groceries 1", "Unknown 2"],
            await ColumnAsync(bench, "select category || ' ' || sum(transactions) from dw.agg_minute_category group by category order by 1"));
        Assert.Equal(
            3L,
            await bench.ScalarAsync<long>(
                """
                select count(*) from dw.fact_transactions
                join dw.dim_customer using (customer_key) join dw.dim_merchant using (merchant_key) join dw.dim_date using (date_key)
                """));
    }

    [Fact]
    public async Task A_new_version_of_a_merchant_is_the_one_that_later_facts_keep()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await using var processor = bench.Processor();
        await bench.SendAsync(Workbench.Event("t-1", merchant: "Kiosk"));
        await Workbench.DrainAsync(processor);
        await bench.ExecuteAsync("update dw.dim_merchant set is_current = false, valid_to = now() where merchant_name = 'Kiosk'");
        await bench.ExecuteAsync("insert into dw.dim_merchant (merchant_name, category, valid_from) values ('Kiosk', 'Travel', now())");
        await bench.SendAsync(Workbench.Event("t-2", merchant: "Kiosk"));
        await Workbench.DrainAsync(processor);

        Assert.Equal(
            ["t-1 Unknown", "t-2 Travel"],
            await ColumnAsync(
                bench,
                "select transaction_id || ' ' || category from dw.fact_transactions join dw.dim_merchant using (merchant_key) order by 1"));
    }

    [Fact]
    public async Task A_fact_and_its_alert_keep_where_they_come_from_and_when()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        var entry = await bench.SendAsync(Workbench.Event("t-1", 4500m), partition: 3);
        await bench.DrainAsync(3);

        Assert.Equal($"transactions:3/{entry}", await bench.ScalarAsync<string>("select stream_entry from dw.fact_transactions"));
        Assert.Equal(
            DateTimeOffset.FromUnixTimeMilliseconds((long)EntryId.Parse(entry).Milliseconds).UtcDateTime,
            await bench.ScalarAsync<DateTime>("select received_at from dw.fact_transactions"));
        Assert.Equal((short)3, await bench.ScalarAsync<short>("select slot from dw.agg_minute_total"));
        Assert.Equal(bench.Session.RunId, await bench.ScalarAsync<long>("select load_id from dw.fact_transactions"));
        Assert.True(await bench.ScalarAsync<bool>(
            """
            select a.received_at <= a.scored_at and a.scored_at <= a.committed_at and a.received_at = f.received_at and a.load_id = f.load_id
               and a.severity = 'high' and a.score = 65 and a.trace_id is null
               and a.rule_set_version = (select max(version) from etl.rule_set)
               and a.hits = '[{"rule":"high-value","input":"amount","value":4500.00,"threshold":3000,"unit":"USD","score":65,"weight":50,"severity":"high"}]'
            from dw.fact_fraud_alerts a join dw.fact_transactions f using (transaction_id, source_system)
            """));
    }

    [Fact]
    public async Task The_feed_tells_of_a_commit_with_a_bounded_sample()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await using var processor = await bench.WarmProcessorAsync();
        var first = await bench.SendAsync(Workbench.Event("t-0", 3000.01m));
        for (var i = 1; i < 99; i++)
            await bench.SendAsync(Workbench.Event($"t-{i}"));
        var last = await bench.SendAsync(Workbench.Event("t-0", 3000.01m) with { Timestamp = DateTimeOffset.UnixEpoch.AddYears(40) });
        await Workbench.DrainAsync(processor);

        var entry = Assert.Single(await bench.FeedAsync());
        Assert.Equal((0, first, last, 99), (entry.Partition, entry.From, entry.To, entry.Count));
        Assert.Equal(20, entry.Sample.Count);
        Assert.Equal(20, entry.Sample.Select(row => row.TransactionId).Distinct().Count());
        Assert.All(entry.Sample, row => Assert.Equal(
            (row.TransactionId == "t-0", "Corner Cafe", "Unknown"), (row.Alert, row.MerchantName, row.Category)));
        Assert.Equal(["t-0"], entry.Alerts);
    }

    private static async Task<bool> TryDrainAsync(PartitionProcessor processor)
    {
        try
        {
            await Workbench.DrainAsync(processor);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;    // Other connections of the pool may have died with it.
        }
    }

    private static async Task<List<string>> ColumnAsync(Workbench bench, string sql)
    {
        await using var command = bench.Warehouse.DataSource.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(Token);
        var values = new List<string>();
        while (await reader.ReadAsync(Token))
            values.Add(reader.GetString(0));
        return values;
    }
}
