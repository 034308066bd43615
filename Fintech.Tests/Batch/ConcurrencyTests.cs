using System.Diagnostics;
using Fintech.Etl.Worker.Batch;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Batch;

/// <summary>A ledger that is written to while passes run: ids are given out before their transactions commit, in any order.</summary>
public sealed class ConcurrencyTests(Servers servers)
{
    private const int Writers = 8;
    private static readonly TimeSpan Writing = TimeSpan.FromSeconds(30);
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_transaction_held_open_over_two_passes_is_loaded_by_the_third()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync("insert into transactions (transaction_date, amount) select '2026-01-05', i from generate_series(1, 100) i");
        await using var late = await bench.Source.OpenConnectionAsync(Token);
        await using var open = await late.BeginTransactionAsync(Token);
        await InsertAsync(late, 5, 1_000m);    // Takes the ids 101 to 105 and keeps them to itself.
        await bench.SourceAsync("insert into transactions (transaction_date, amount) select '2026-01-05', i from generate_series(1, 100) i");

        Assert.Equal(200, (await bench.RunAsync()).Totals.Loaded.Rows);
        await bench.SourceAsync("insert into transactions (transaction_date, amount) values ('2026-01-05', 7)");
        Assert.Equal(1, (await bench.RunAsync()).Totals.Loaded.Rows);
        await open.CommitAsync(Token);

        Assert.Equal(new Tally(5, 5_000m), (await bench.RunAsync()).Totals.Loaded);
        Assert.Equal(await bench.SourceTallyAsync(), await bench.FactsAsync());
        Assert.Equal(0, (await bench.RunAsync()).Totals.Read.Rows);
        Assert.Equal(0, await bench.ReadAsync<long>("select count(*) from etl.watermark_gap where lower(ids) > 0"));
    }

    [Fact]
    public async Task Eight_writers_that_commit_out_of_order_and_roll_back_leave_source_and_warehouse_equal()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var writers = Enumerable.Range(0, Writers).Select(seed => Task.Run(() => WriteAsync(bench, seed, stop.Token), Token)).ToList();

        var (passes, withGaps, watch) = (0, 0, Stopwatch.StartNew());
        while (watch.Elapsed < Writing)
        {
            var report = await bench.RunAsync();
            passes++;
            withGaps += await bench.ReadAsync<bool>("select exists (select from etl.watermark_gap where lower(ids) > 0)") ? 1 : 0;
            Assert.Equal(report.Totals.Read, report.Totals.Loaded);     // Nothing is read twice: not a row of a gap, nor one above the watermark.
        }

        await stop.CancelAsync();
        var (committed, rolledBack) = (await Task.WhenAll(writers)).Aggregate((sum, next) => (sum.Committed + next.Committed, sum.RolledBack + next.RolledBack));
        await bench.RunAsync();

        var source = await bench.SourceTallyAsync();
        Assert.True(source.Rows > 5_000 && committed > 500 && rolledBack > 50 && passes > 20 && withGaps > 10,
            $"Too little happened to prove anything: {source}, {committed} commits, {rolledBack} rollbacks, {passes} passes of which {withGaps} left gaps.");
        Assert.Equal(source, await bench.FactsAsync());
        Assert.Equal(source, new Tally(
            await bench.ReadAsync<long>("select sum(transactions)::bigint from dw.agg_minute_total"), await bench.ReadAsync<decimal>("select sum(amount) from dw.agg_minute_total")));
        Assert.Equal(0, await bench.ReadAsync<long>("select count(*) from etl.rejected_row"));
        TestContext.Current.TestOutputHelper?.WriteLine($"{source}; {committed} commits, {rolledBack} rollbacks, {passes} passes of which {withGaps} left gaps");
    }

    /// <summary>Transactions that stay open for up to a fifth of a second; one in ten rolls back, so that its ids never appear.</summary>
    private static async Task<(int Committed, int RolledBack)> WriteAsync(BatchBench bench, int seed, CancellationToken stop)
    {
        var random = new Random(seed);
        var (committed, rolledBack) = (0, 0);
        await using var connection = await bench.Source.OpenConnectionAsync(Token);
        while (!stop.IsCancellationRequested)
        {
            await using var transaction = await connection.BeginTransactionAsync(Token);
            await InsertAsync(connection, 1 + random.Next(20), random.Next(1, 1_000_000) / 100m);
            await Task.Delay(random.Next(5) == 0 ? random.Next(200) : random.Next(10), Token);
            if (random.Next(10) > 0)
            {
                await transaction.CommitAsync(Token);
                committed++;
            }
            else
            {
                await transaction.RollbackAsync(Token);
                rolledBack++;
            }
        }

        return (committed, rolledBack);
    }

    private static async Task InsertAsync(NpgsqlConnection connection, int rows, decimal amount)
    {
        await using var insert = new NpgsqlCommand(
            "insert into transactions (transaction_date, amount, merchant_details) select timestamp '2026-01-05' + random() * interval '1 day', $2, 'Corner Cafe' from generate_series(1, $1)", connection)
        {
            Parameters = { new() { Value = rows }, new() { Value = amount } },
        };
        await insert.ExecuteNonQueryAsync(Token);
    }
}
