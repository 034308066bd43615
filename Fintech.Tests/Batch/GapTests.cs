using Fintech.Etl.Worker.Batch;
using Xunit;

namespace Fintech.Tests.Batch;

public sealed class GapTests(Servers servers)
{
    private static readonly DateTime Now = new(2026, 1, 5, 12, 0, 0, DateTimeKind.Utc);
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Ids_that_were_skipped_are_remembered_from_the_lowest_possible_on()
    {
        var tracker = Observe(new GapTracker(null, [], Now), 3, 4, 8);
        Assert.Equal(8, tracker.LastId);
        Assert.Equal([new Gap(GapTracker.LowestId, 2, Now), new Gap(5, 7, Now)], tracker.Complete(TimeSpan.FromDays(1)));
    }

    [Fact]
    public void A_gap_shrinks_by_what_appeared_in_it()
    {
        var noticed = Now - TimeSpan.FromHours(1);
        var tracker = Observe(new GapTracker(20, [new Gap(1, 5, noticed), new Gap(8, 8, noticed), new Gap(11, 13, noticed)], Now), 1, 3, 8, 13, 22);
        Assert.Equal(22, tracker.LastId);
        Assert.Equal(
            [new Gap(2, 2, noticed), new Gap(4, 5, noticed), new Gap(11, 12, noticed), new Gap(21, 21, Now)],
            tracker.Complete(TimeSpan.FromDays(1)));
    }

    [Fact]
    public void A_gap_is_given_up_once_it_is_too_old()
    {
        Gap old = new(1, 1, Now - TimeSpan.FromDays(1)), young = new(3, 3, Now - TimeSpan.FromHours(23));
        Assert.Equal([young], new GapTracker(9, [old, young], Now).Complete(TimeSpan.FromDays(1)));
    }

    [Fact]
    public void A_source_that_counts_in_twos_does_not_leave_one_gap_per_row()
    {
        var tracker = new GapTracker(0, [], Now);
        for (var id = 2; id <= 100_000; id += 2)
            tracker.Observe(id);
        var gaps = tracker.Complete(TimeSpan.FromDays(1));

        Assert.InRange(gaps.Count, 1, GapTracker.MostRanges);
        for (var id = 1; id < 100_000; id += 2)
            Assert.Contains(gaps, gap => gap.Low <= id && id <= gap.High);
    }

    [Fact]
    public async Task A_row_committed_late_is_loaded_by_a_later_pass()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync("insert into customers (customer_id) values (1)");
        await using var late = await bench.Source.OpenConnectionAsync(Token);
        await using var open = await late.BeginTransactionAsync(Token);
        await using (var insert = new Npgsql.NpgsqlCommand(Insert(5, 100), late))
            await insert.ExecuteNonQueryAsync(Token);
        await bench.SourceAsync(Insert(5, 1));

        var first = await bench.RunAsync();
        Assert.Equal(new Tally(5, 5), first.Totals.Loaded);
        Assert.Equal(10, await bench.ReadAsync<long>("select last_id from etl.watermark"));

        await open.CommitAsync(Token);
        var second = await bench.RunAsync();
        Assert.Equal(new Tally(5, 500), second.Totals.Loaded);
        Assert.Equal(await bench.SourceTallyAsync(), await bench.FactsAsync());
        Assert.Equal(0, await bench.ReadAsync<long>("select count(*) from etl.watermark_gap where ids && '[1,11)'::int8range"));
    }

    [Fact]
    public async Task A_gap_is_read_once_more_after_a_pause_longer_than_its_retention()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync($"insert into customers (customer_id) values (1); {Insert(1, 1)}; select nextval('transactions_transaction_id_seq'); {Insert(1, 1)}");
        await bench.RunAsync();
        Assert.Equal(["[-2147483648,1)", "[2,3)"], await bench.ListAsync("select ids::text from etl.watermark_gap order by ids"));

        bench.Time.Ahead = TimeSpan.FromDays(3);
        await bench.SourceAsync("insert into transactions (transaction_id, customer_id, transaction_date, amount) values (2, 1, '2026-01-05', 7), (-4, 1, '2026-01-05', 8)");
        Assert.Equal(new Tally(2, 15), (await bench.RunAsync()).Totals.Loaded);
        Assert.Equal(0, await bench.ReadAsync<long>("select count(*) from etl.watermark_gap"));
        Assert.Equal(0, (await bench.RunAsync()).Totals.Read.Rows);
    }

    private static string Insert(int rows, int amount) =>
        $"insert into transactions (customer_id, transaction_date, amount, merchant_details) select 1, '2026-01-05 10:00', {amount}, 'Corner Cafe' from generate_series(1, {rows})";

    private static GapTracker Observe(GapTracker tracker, params int[] ids)
    {
        foreach (var id in ids)
            tracker.Observe(id);
        return tracker;
    }
}
