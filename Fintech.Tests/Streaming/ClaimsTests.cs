using Fintech.Etl.Worker.Streaming;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Streaming;

/// <summary>Rows are copied straight into the fact table where nothing speaks against it; what does is sorted out, never guessed.</summary>
public sealed class ClaimsTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Where_the_key_objects_only_the_new_rows_of_the_batch_become_facts()
    {
        await using var bench = await Workbench.CreateAsync(servers, new StreamOptions { BatchSize = 50 });
        await using var processor = bench.Processor();
        for (var i = 0; i < 50; i++)
            await bench.SendAsync(Workbench.Event($"t-{i}", 1m + i, customer: i % 7));
        await Workbench.DrainAsync(processor);
        var sent = 50;
        for (var round = 0; round < 4; round++)
        {
            // Known and new ones in turns, then a batch of new ones only: by way of the insert, and back to the copy.
            for (var i = 0; i < 50; i++)
                await bench.SendAsync(i % 2 == 0 ? Workbench.Event($"t-{i}", 1m + i, customer: i % 7) with { Timestamp = await OccurredAsync(bench, $"t-{i}") } : New());
            for (var i = 0; i < 100; i++)
                await bench.SendAsync(New());
            await Workbench.DrainAsync(processor);
        }

        Assert.Equal(((long)sent, (long)sent), (await bench.FactsAsync(), bench.Session.Counters.Totals.Loaded.Rows));
        Assert.Equal((100L, 0L), (bench.Session.Counters.Totals.Known.Rows, bench.Session.Counters.Totals.Quarantined.Rows));
        Assert.Equal(50L + 4 * 150, await bench.ScalarAsync<long>("select sum(entries_read)::bigint from etl.stream_checkpoint"));
        await bench.AssertConsistentAsync();

        Fintech.Contracts.TransactionEvent New() => Workbench.Event($"t-{sent++}", 3000m + sent, customer: sent % 7, merchant: $"Merchant {sent % 3}");
    }

    [Fact]
    public async Task A_batch_is_claimed_in_the_order_of_its_entries_either_way()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await using var connection = await bench.Warehouse.DataSource.OpenConnectionAsync(Token);
        var claims = new Claims(connection, 0, bench.Session.RunId);
        var checkpoint = await Checkpoint.OpenAsync(bench.Warehouse.DataSource, "transactions:0", 0, Token);
        foreach (var id in (string[])["c", "a", "b"])
            await bench.SendAsync(Workbench.Event(id));
        Assert.Equal(["c", "a", "b"], await ClaimAsync());

        foreach (var id in (string[])["f", "a", "d", "e"])
            await bench.SendAsync(Workbench.Event(id));
        Assert.Equal(["f", "d", "e"], await ClaimAsync());

        async Task<IEnumerable<string>> ClaimAsync()
        {
            var reader = new EventReader(bench.Keys.Current, Workbench.Wrap(bench.Options), TimeProvider.System);
            var batch = MicroBatch.Read(await bench.Redis.StreamReadAsync("transactions:0", checkpoint.LastEntry.ToString()), reader, new());
            await using var claimed = await claims.ClaimAsync(checkpoint, batch, reader.ErasedGeneration, Token);
            await claimed.Transaction.CommitAsync(Token);
            checkpoint = claimed.Next;
            return claimed.New.Select(row => row.Event.Key.TransactionId);
        }
    }

    /// <summary>What the batch path does to a merchant or customer that changed, while a stream remembers its key.</summary>
    [Fact]
    public async Task Facts_point_at_the_members_that_are_current_when_they_are_claimed()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await using var processor = bench.Processor();
        await SendAndDrainAsync("t-1");
        await SendAndDrainAsync("t-2");     // With members that are remembered.
        var generation = await GenerationAsync();

        await bench.ExecuteAsync("update dw.dim_merchant set category = 'Travel', is_inferred = false where merchant_name = 'Corner Cafe' and is_current");
        await SendAndDrainAsync("t-3");
        await bench.ExecuteAsync("update dw.dim_customer set is_current = false, valid_to = now() where customer_id = 42 and is_current");
        await bench.ExecuteAsync("insert into dw.dim_customer (customer_id, valid_from) select customer_id, valid_to from dw.dim_customer where customer_id = 42");
        await SendAndDrainAsync("t-4");
        await SendAndDrainAsync("t-5");

        Assert.Equal(generation + 2, await GenerationAsync());
        Assert.Equal(
            "t-1 closed, t-2 closed, t-3 closed, t-4 current, t-5 current",
            await bench.ScalarAsync<string>(
                """
                select string_agg(transaction_id || case when is_current then ' current' else ' closed' end, ', ' order by transaction_id)
                from dw.fact_transactions join dw.dim_customer using (customer_key)
                """));
        Assert.Equal(
            "Travel 3, Unknown 2",
            await bench.ScalarAsync<string>(
                "select string_agg(c, ', ' order by c) from (select category || ' ' || sum(transactions) as c from dw.agg_minute_category group by category) as categories"));
        await bench.AssertConsistentAsync();

        async Task SendAndDrainAsync(string id)
        {
            await bench.SendAsync(Workbench.Event(id));
            await Workbench.DrainAsync(processor);
        }

        Task<long> GenerationAsync() => bench.ScalarAsync<long>("select generation from etl.member_generation");
    }

    [Theory]
    [InlineData("update dw.dim_customer set email_hash = '\\x01', pii_key_version = 2 where is_current", 0)]    // a key rotation
    [InlineData("update dw.dim_merchant set category = category", 0)]
    [InlineData("insert into dw.dim_customer (customer_id) values (7)", 0)]
    [InlineData("update dw.dim_customer set customer_id = -5 where customer_id = 42", 1)]   // an erasure
    [InlineData("update dw.dim_merchant set merchant_name = 'Other' where merchant_name = 'Corner Cafe'", 1)]
    [InlineData("delete from dw.dim_merchant where merchant_name = 'Corner Cafe'", 1)]
    public async Task Only_what_a_stream_remembers_of_members_makes_it_look_again(string change, long expected)
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await bench.SendAsync(Workbench.Event("t-1"));
        await bench.DrainAsync();

        await bench.ExecuteAsync(change);

        Assert.Equal(expected, await bench.ScalarAsync<long>("select generation from etl.member_generation"));
    }

    [Fact]
    public async Task Partitions_that_meet_the_same_keys_at_once_agree_on_one_fact_each()
    {
        await using var bench = await Workbench.CreateAsync(servers, new StreamOptions { BatchSize = 200 });
        for (var i = 0; i < 1_000; i++)
        {
            var message = Workbench.Event($"t-{i:0000}", 4000m);
            await bench.SendAsync(message, partition: 0);
            await bench.SendAsync(Workbench.Event($"t-{999 - i:0000}", 4000m), partition: 1);
        }

        await Task.WhenAll(bench.DrainAsync(0), bench.DrainAsync(1));

        Assert.Equal((1_000L, 4_000_000m), (await bench.FactsAsync(), await bench.AmountAsync()));
        Assert.Equal(1_000L, await bench.ScalarAsync<long>("select count(*) from dw.fact_fraud_alerts"));
        Assert.Equal(1_000, bench.Session.Counters.Totals.Known.Rows + bench.Session.Counters.Totals.Quarantined.Rows);
        await bench.AssertConsistentAsync();
    }

    /// <summary>Its worker hangs, or is cut off without the server's notice: the successor waits at the fence, and not for long.</summary>
    [Fact]
    public async Task A_writer_that_stands_still_in_its_transaction_loses_it_to_its_successor()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await bench.SendAsync(Workbench.Event("t-1"));
        await using var successor = bench.Processor();
        await successor.TendAsync(Token);
        await using var connection = await BatchTransaction.OpenConnectionAsync(bench.Warehouse.DataSource, Token);
        var reader = new EventReader(bench.Keys.Current, Workbench.Wrap(bench.Options), TimeProvider.System);
        var batch = MicroBatch.Read(await bench.Redis.StreamReadAsync("transactions:0", "0-0"), reader, new());
        var checkpoint = await Checkpoint.OpenAsync(bench.Warehouse.DataSource, "transactions:0", 0, Token);
        var hanging = await new Claims(connection, 0, bench.Session.RunId).ClaimAsync(checkpoint, batch, reader.ErasedGeneration, Token);

        await Workbench.DrainAsync(successor);

        Assert.Equal(1L, await bench.FactsAsync());
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => hanging.Transaction.CommitAsync(Token));
        await bench.AssertConsistentAsync();
    }

    /// <summary>The server waits for the rest of the rows, which it counts as work: none of its time-outs ends that.</summary>
    [Fact]
    public async Task A_writer_that_is_cut_off_in_the_midst_of_a_copy_is_ended_by_its_successor()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await bench.SendAsync(Workbench.Event("t-1"));
        var checkpoint = await Checkpoint.OpenAsync(bench.Warehouse.DataSource, "transactions:0", 0, Token);
        var connection = await BatchTransaction.OpenConnectionAsync(bench.Warehouse.DataSource, Token);
        var reader = new EventReader(bench.Keys.Current, Workbench.Wrap(bench.Options), TimeProvider.System);
        var batch = MicroBatch.Read(await bench.Redis.StreamReadAsync("transactions:0", "0-0"), reader, new());
        var cutOff = await BatchTransaction.BeginAsync(connection, 0, bench.Session.RunId, Token);
        await cutOff.FenceAsync(checkpoint, batch, reader.ErasedGeneration, Token);
        var copy = await connection.BeginBinaryImportAsync("copy dw.fact_transactions (transaction_id) from stdin (format binary)", Token);
        await Task.Delay(TimeSpan.FromSeconds(3.5), Token);     // Longer than any batch takes.

        var began = System.Diagnostics.Stopwatch.StartNew();
        await using var successor = bench.Processor();
        await Workbench.DrainAsync(successor);

        Assert.Equal(1L, await bench.FactsAsync());
        Assert.True(began.Elapsed < TimeSpan.FromSeconds(20), $"It took {began.Elapsed.TotalSeconds:F1} s, as long as the fence waits for a row.");
        await Assert.ThrowsAnyAsync<Exception>(() => copy.CompleteAsync(Token).AsTask());
        await bench.AssertConsistentAsync();
    }

    private static async Task<DateTimeOffset> OccurredAsync(Workbench bench, string id) =>
        await bench.ScalarAsync<DateTime>($"select occurred_at from dw.fact_transactions where transaction_id = '{id}'");
}
