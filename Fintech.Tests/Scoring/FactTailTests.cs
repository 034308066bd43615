using Fintech.Etl.Worker.Scoring;
using Fintech.Etl.Worker.Streaming;
using Fintech.Tests.Streaming;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Scoring;

/// <summary>Partitions that load their memory at once read the facts once.</summary>
public sealed class FactTailTests(Servers servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_range_holds_what_its_stream_made_facts_between_two_entries_in_the_order_of_entries()
    {
        await using var bench = await CreateAsync();
        var facts = await ReadAsync(bench, Range(1, after: 2, upTo: 11), Token);
        Assert.Equal([3, 4, 5, 6, 7, 8, 9, 10, 11], facts.Select(fact => fact.Entry.Milliseconds));
        Assert.Equal([103m, 104m, 105m, 106m, 107m, 108m, 109m, 110m, 111m], facts.Select(fact => fact.Input.Amount));
    }

    [Fact]
    public async Task Those_that_ask_while_another_one_reads_share_the_next_reading()
    {
        await using var bench = await CreateAsync();
        // Who wants the table next stands in a queue: the first reading behind one holder, the second behind another, and a third behind that.
        var hold = await HoldAsync(bench);
        var first = ReadAsync(bench, Range(0), Token);
        await WaitingAsync(bench, 1);
        var others = Enumerable.Range(1, 3).Select(stream => ReadAsync(bench, Range(stream), Token)).ToList();
        var holding = HoldAsync(bench);
        await WaitingAsync(bench, 2);
        await hold.DisposeAsync();
        Assert.Equal(12, (await first).Count);

        hold = await holding;
        await WaitingAsync(bench, 1);
        holding = HoldAsync(bench);
        await WaitingAsync(bench, 2);
        await hold.DisposeAsync();
        await using var last = await holding;
        // The table is held again: had each read by itself, only one of them could be done.
        var shared = await Task.WhenAll(others).WaitAsync(Patience, Token);
        Assert.All(shared.Index(), range => Assert.Equal(Enumerable.Range(1, 12).Select(n => (range.Index + 1) * 100m + n), range.Item.Select(fact => fact.Input.Amount)));
    }

    [Fact]
    public async Task Who_gives_up_while_reading_leaves_it_to_the_others()
    {
        await using var bench = await CreateAsync();
        var hold = await HoldAsync(bench);
        using var impatience = new CancellationTokenSource();
        var impatient = ReadAsync(bench, Range(0), impatience.Token);
        await WaitingAsync(bench, 1);
        var other = ReadAsync(bench, Range(1), Token);
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        await hold.DisposeAsync();
        Assert.Equal(12, (await other.WaitAsync(Patience, Token)).Count);
    }

    private static async Task<IReadOnlyList<TailFact>> ReadAsync(Workbench bench, TailRange range, CancellationToken cancellationToken)
    {
        await using var connection = await bench.Warehouse.DataSource.OpenConnectionAsync(cancellationToken);
        return await bench.Tail.ReadAsync(connection, range, cancellationToken);
    }

    private static TailRange Range(int stream, ulong after = 0, ulong upTo = ulong.MaxValue) =>
        new($"transactions:{stream}", DateTime.UtcNow.AddHours(-1), new(after, 0), new(upTo, 0));

    private async Task<Workbench> CreateAsync()
    {
        var bench = await Workbench.CreateAsync(servers);
        await bench.ExecuteAsync("""
            insert into dw.fact_transactions (transaction_id, source_system, customer_key, merchant_key, date_key, occurred_at, received_at, amount, currency, load_id, stream_entry)
            select concat_ws('-', stream, n), 'stream', 0, 0, 20260101, now(), now(), stream * 100 + n, 'USD', 1, format('transactions:%s/%s-0', stream, n)
            from generate_series(0, 3) stream, generate_series(1, 12) n
            """);
        return bench;
    }

    /// <returns>Once it is held; to be disposed of when it is to be free again.</returns>
    private static async Task<NpgsqlConnection> HoldAsync(Workbench bench)
    {
        var holder = await bench.Warehouse.DataSource.OpenConnectionAsync(Token);
        await using var hold = new NpgsqlCommand("begin; lock table dw.fact_transactions in access exclusive mode", holder);
        await hold.ExecuteNonQueryAsync(Token);
        return holder;
    }

    private static Task WaitingAsync(Workbench bench, int expected) => Eventually.ReadAsync("the facts to be waited for", _ => bench.ScalarAsync<int>(
        """
        select count(*)::integer from pg_locks
        where not granted and relation = 'dw.fact_transactions'::regclass and database = (select oid from pg_database where datname = current_database())
        """), waiting => waiting == expected, Patience, Token);
}
