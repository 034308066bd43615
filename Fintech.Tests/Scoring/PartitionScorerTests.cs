using Fintech.Contracts;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Privacy;
using Fintech.Etl.Worker.Scoring;
using Fintech.Etl.Worker.Streaming;
using Fintech.Tests.Streaming;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Scoring;

/// <summary>Whatever happens to the worker, its memory is that of somebody to whom nothing happened.</summary>
public sealed class PartitionScorerTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Crashes after any batch, snapshots after some: the alerts are those of one worker that never stopped, hit by hit.</summary>
    [Fact]
    public async Task Alerts_do_not_tell_how_often_the_worker_was_restarted()
    {
        var events = ScoringEvents.Make(600, seed: 11);
        var undisturbed = await AlertsAsync(events, async bench => await bench.DrainAsync());
        foreach (var kind in (string[])["high-value", "velocity", "spend-spike", "card-testing", "new-category"])
            Assert.Contains(undisturbed, alert => alert.Contains($"\"{kind}\"", StringComparison.Ordinal));

        var restarted = await AlertsAsync(events, async bench =>
        {
            for (var (run, read) = (0, 1); read > 0; run++)
            {
                await using var processor = bench.Processor();
                read = await processor.RunOnceAsync(Token);
                if (run % 3 == 1)
                    await processor.TendAsync(Token);
            }
        });
        Assert.Equal(undisturbed, restarted);
    }

    [Fact]
    public async Task Alerts_do_not_tell_which_commits_failed()
    {
        var events = ScoringEvents.Make(400, seed: 12);
        var undisturbed = await AlertsAsync(events, async bench => await bench.DrainAsync());
        var disturbed = await AlertsAsync(events, async bench =>
        {
            await bench.ExecuteAsync("create function dw.fail() returns trigger language plpgsql as $$ begin raise 'injected'; end $$");
            await using var processor = bench.Processor();
            for (var read = 1; read > 0; read = await processor.RunOnceAsync(Token))
            {
                await bench.ExecuteAsync("create constraint trigger fail after update on etl.stream_checkpoint deferrable initially deferred for each row execute function dw.fail()");
                if (await bench.Redis.StreamLengthAsync(StreamNames.Transactions(0)) > 0)
                    await Assert.ThrowsAnyAsync<PostgresException>(async () => { while (await processor.RunOnceAsync(Token) > 0) { } throw new PostgresException("nothing was left", "", "", ""); });
                await bench.ExecuteAsync("drop trigger fail on etl.stream_checkpoint");
            }
        });
        Assert.Equal(undisturbed, disturbed);
    }

    /// <summary>What Redis lost between snapshot and crash cannot be read there again; the facts have it.</summary>
    [Fact]
    public async Task Memory_survives_a_Redis_that_was_flushed_after_the_snapshot()
    {
        var events = ScoringEvents.Make(300, seed: 13);
        var undisturbed = await AlertsAsync(events, async bench => await bench.DrainAsync());
        var flushed = await AlertsAsync(events[..150], async bench =>
        {
            await using (var processor = bench.Processor())
            {
                await processor.RunOnceAsync(Token);
                await processor.TendAsync(Token);
                await Workbench.DrainAsync(processor);
            }

            await bench.Redis.KeyDeleteAsync(StreamNames.Transactions(0));
            foreach (var message in events[150..200])
                await bench.SendAsync(message);
            await bench.DrainAsync();    // after a crash
            foreach (var message in events[200..])
                await bench.SendAsync(message);
            await bench.DrainAsync();
        });
        Assert.Equal(undisturbed, flushed);
    }

    /// <summary>Before the first upkeep, so that the only snapshot is of the very beginning; once noticed while it runs, once at a start.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Memory_survives_a_Redis_that_was_flushed_before_there_was_a_snapshot(bool restarted)
    {
        var events = ScoringEvents.Make(300, seed: 15);
        var undisturbed = await AlertsAsync(events, async bench => await bench.DrainAsync());
        var flushed = await AlertsAsync(events[..150], async bench =>
        {
            await using var processor = bench.Processor();
            await Workbench.DrainAsync(processor);
            await bench.Redis.KeyDeleteAsync(StreamNames.Transactions(0));
            await Task.Delay(5, Token);
            foreach (var message in events[150..])
                await bench.SendAsync(message);
            if (restarted)
            {
                await bench.DrainAsync();
                return;
            }

            await processor.TendAsync(Token);
            await Workbench.DrainAsync(processor);
        });
        Assert.Equal(undisturbed, flushed);
    }

    /// <summary>Somebody holds the facts, as a repair does: whoever need not read them does not wait.</summary>
    [Fact]
    public async Task Memory_that_nothing_came_after_is_loaded_without_reading_facts()
    {
        await using var bench = await CreateAsync(ScoringEvents.AllRules);
        await using (var processor = bench.Processor())
        {
            foreach (var message in ScoringEvents.Make(30, seed: 14))
                await bench.SendAsync(message);
            await Workbench.DrainAsync(processor);
            await processor.TendAsync(Token);
        }

        await using var holder = await bench.Warehouse.DataSource.OpenConnectionAsync(Token);
        await using var transaction = await holder.BeginTransactionAsync(Token);
        await using (var hold = new NpgsqlCommand("lock table dw.fact_transactions in access exclusive mode", holder))
            await hold.ExecuteNonQueryAsync(Token);
        var at = await Checkpoint.OpenAsync(bench.Warehouse.DataSource, StreamNames.Transactions(0), 0, Token);
        var loaded = await new SnapshotStore(0, 8, bench.Warehouse.DataSource, bench.Tail, TimeProvider.System).LoadAsync(at, Token);
        Assert.Equal((0L, at.LastEntry), (loaded.Replayed, loaded.Newest));
        Assert.True(loaded.State.Customers > 0);
    }

    [Fact]
    public async Task Duplicates_are_no_history()
    {
        await using var bench = await CreateAsync("""[{"rule":"velocity","count":2,"window":"00:10:00"}]""");
        var message = Workbench.Event("t-1");
        for (var i = 0; i < 5; i++)
            await bench.SendAsync(message);
        await bench.SendAsync(Workbench.Event("t-2"));
        await bench.DrainAsync();
        await bench.SendAsync(message);
        await bench.DrainAsync();
        Assert.Equal(0L, await bench.ScalarAsync<long>("select count(*) from dw.fact_fraud_alerts"));
        await bench.SendAsync(Workbench.Event("t-3"));
        await bench.DrainAsync();
        Assert.Equal("t-3", await bench.ScalarAsync<string>("select transaction_id from dw.fact_fraud_alerts"));
    }

    [Fact]
    public async Task Memory_of_a_new_stream_begins_with_the_last_thirty_days_of_facts()
    {
        await using var bench = await CreateAsync("""[{"rule":"spend-spike","deviations":4,"minimum_history":5,"minimum_amount":50,"currency":"USD"}]""");
        var (mine, others) = (Customer(partition: 0), Customer(partition: 1));
        await bench.ExecuteAsync($"""
            insert into dw.dim_customer (customer_key, customer_id) values (101, {mine}), (102, {others});
            insert into dw.fact_transactions (transaction_id, source_system, customer_key, merchant_key, date_key, occurred_at, received_at, amount, currency, load_id)
            select 'h-' || key || '-' || n, 'ledger', key, 0, 20260101, now() - interval '1 day' * (case when key = 101 then n else 50 + n end), now(), 10, 'USD', 1
            from generate_series(1, 9) n, unnest(array[101, 102]) key
            union all select 'newest', 'ledger', 0, 0, 20260101, now(), now(), 10, 'USD', 1
            """);
        await bench.SendAsync(Workbench.Event("t-1", 80m, mine));
        await bench.SendAsync(Workbench.Event("t-2", 80m, others));
        await bench.DrainAsync();
        Assert.Equal(["t-1"], await bench.ScalarAsync<string[]>("select array_agg(transaction_id) from dw.fact_fraud_alerts"));
        Assert.Equal(9, await bench.ScalarAsync<int>("select (hits -> 0 -> 'inputs' ->> 'history')::integer from dw.fact_fraud_alerts"));
    }

    [Fact]
    public async Task A_snapshot_writes_only_the_blocks_that_changed()
    {
        await using var bench = await CreateAsync(ScoringEvents.AllRules);
        await using var processor = bench.Processor();
        for (var customer = 0; customer < 50; customer++)
            await bench.SendAsync(Workbench.Event($"t-{customer}", customer: customer));
        await Workbench.DrainAsync(processor);
        await processor.TendAsync(Token);
        await processor.TendAsync(Token);    // nothing new to save
        Assert.Equal((2L, 50L), (await bench.ScalarAsync<long>("select sequence from etl.scoring_snapshot"), await bench.ScalarAsync<long>("select customers from etl.scoring_snapshot")));
        await bench.ExecuteAsync("create table before as select block, content from etl.scoring_block");
        await bench.SendAsync(Workbench.Event("t-more", customer: 7));
        await Workbench.DrainAsync(processor);
        await processor.TendAsync(Token);
        Assert.Equal(1L, await bench.ScalarAsync<long>("select count(*) from etl.scoring_block now join before using (block) where now.content <> before.content"));
        Assert.Equal(1L, await bench.ScalarAsync<long>("select count(distinct xmin::text) - 1 from etl.scoring_block"));    // The others were not even written.
    }

    [Fact]
    public async Task A_second_owner_saves_nothing_over_the_first()
    {
        await using var bench = await CreateAsync(ScoringEvents.AllRules);
        await using var first = bench.Processor();
        await using var second = bench.Processor();
        await bench.SendAsync(Workbench.Event("t-1"));
        await first.RunOnceAsync(Token);
        await bench.SendAsync(Workbench.Event("t-2"));
        await second.RunOnceAsync(Token);
        await Assert.ThrowsAsync<FencedException>(() => first.TendAsync(Token));
        await second.TendAsync(Token);
        Assert.Equal(await bench.ScalarAsync<string>("select last_entry from etl.stream_checkpoint"), await bench.ScalarAsync<string>("select last_entry from etl.scoring_snapshot"));
    }

    [Fact]
    public async Task Who_is_erased_is_forgotten_in_memory_snapshots_and_snoozes()
    {
        const long person = 770_077_007;
        await using var bench = await CreateAsync(ScoringEvents.AllRules);
        await bench.ExecuteAsync($"insert into etl.rule_snooze (customer_id, until, reason, created_by) values ({person}, now() + interval '1 day', 'abroad', 'ada')");
        await using var processor = bench.Processor();
        for (var i = 0; i < 9; i++)
            await bench.SendAsync(Workbench.Event($"t-{i}", customer: i < 5 ? person : 8));
        await Workbench.DrainAsync(processor);
        await processor.TendAsync(Token);
        Assert.True(await HoldsAsync(bench, person));

        await new Erasure(bench.Warehouse.DataSource, bench.Keys, Workbench.Wrap(new BatchOptions())).RunAsync(person, rehearse: false, "tester", Token);

        Assert.False(await HoldsAsync(bench, person));
        Assert.Equal(0L, await bench.ScalarAsync<long>($"select count(*) from etl.rule_snooze where customer_id = {person}"));
        await bench.SendAsync(Workbench.Event("t-after", customer: person));
        await bench.SendAsync(Workbench.Event("t-other", customer: 8));
        await Workbench.DrainAsync(processor);
        await processor.TendAsync(Token);
        Assert.False(await HoldsAsync(bench, person));
        Assert.Equal("t-other", await bench.ScalarAsync<string>("select transaction_id from dw.fact_fraud_alerts"));    // the fifth of customer 8, whose memory stayed
    }

    /// <summary>Memory that was loaded before the erasure must not be saved after it.</summary>
    [Fact]
    public async Task A_worker_that_remembers_an_erased_person_cannot_save_it()
    {
        await using var bench = await CreateAsync(ScoringEvents.AllRules);
        await using var processor = bench.Processor();
        await bench.SendAsync(Workbench.Event("t-1", customer: 770));
        await Workbench.DrainAsync(processor);
        await new Erasure(bench.Warehouse.DataSource, bench.Keys, Workbench.Wrap(new BatchOptions())).RunAsync(770, rehearse: false, "tester", Token);
        await Assert.ThrowsAsync<FencedException>(() => processor.TendAsync(Token));
        Assert.False(await HoldsAsync(bench, 770));
    }

    [Fact]
    public async Task A_snooze_is_known_within_two_seconds_and_counted()
    {
        await using var bench = await CreateAsync("""[{"rule":"high-value","threshold":100,"currency":"USD"},{"rule":"high-value","name":"quiet","threshold":50,"currency":"USD","shadow":true}]""");
        await bench.SendAsync(Workbench.Event("t-1", 500m));
        await bench.DrainAsync();
        await bench.ExecuteAsync("insert into etl.rule_snooze (customer_id, rule, until, reason, created_by) values (42, 'high-value', now() + interval '1 day', 'abroad', 'ada')");
        await Task.Delay(TimeSpan.FromSeconds(2.1), Token);    // The promise itself is two seconds.
        await bench.SendAsync(Workbench.Event("t-2", 500m));
        await bench.SendAsync(Workbench.Event("t-3", 500m, customer: 43));
        await bench.DrainAsync();
        Assert.Equal(["t-1", "t-3"], await bench.ScalarAsync<string[]>("select array_agg(transaction_id order by transaction_id) from dw.fact_fraud_alerts"));
        Assert.Equal(
            ["high-value 3 2 0 1", "quiet 3 0 3 0"],
            await bench.ScalarAsync<string[]>("select array_agg(concat_ws(' ', rule, evaluated, alerted, shadowed, snoozed) order by rule) from (select rule, sum(evaluated) evaluated, sum(alerted) alerted, sum(shadowed) shadowed, sum(snoozed) snoozed from etl.rule_count group by rule) counts"));
    }

    private Task<Workbench> CreateAsync(string rules) => ScoringEvents.BenchAsync(servers, rules);

    private async Task<List<string>> AlertsAsync(IReadOnlyList<TransactionEvent> events, Func<Workbench, Task> run)
    {
        await using var bench = await CreateAsync(ScoringEvents.AllRules);
        foreach (var message in events)
            await bench.SendAsync(message);
        await run(bench);
        return [.. await bench.ScalarAsync<string[]>("select array_agg(transaction_id || ' ' || severity || ' ' || score || ' ' || hits order by transaction_id) from dw.fact_fraud_alerts")];
    }

    private static long Customer(int partition) => Enumerable.Range(1000, 1000).First(id => Partitioner.PartitionOf(id, Partitioner.DefaultPartitions) == partition);

    private static async Task<bool> HoldsAsync(Workbench bench, long person)
    {
        await using var command = bench.Warehouse.DataSource.CreateCommand("select exists (select from etl.scoring_block where position($1 in content) > 0)");
        command.Parameters.Add(new() { Value = BitConverter.GetBytes(person) });
        return await command.ExecuteScalarAsync(Token) is true;
    }
}
