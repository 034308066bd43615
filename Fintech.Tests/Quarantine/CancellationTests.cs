using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Quarantine;
using Fintech.Tests.Batch;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Quarantine;

/// <summary>Whatever writes the warehouse is stopped where it waits for one table after the other, and leaves all of them as they were.</summary>
public sealed class CancellationTests(Servers servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("run", "dw.dim_customer", "dw.dim_merchant", "dw.fact_transactions", "etl.rejected_row", "dw.agg_minute_category", "dw.agg_minute_total", "etl.check_result", "etl.watermark")]
    [InlineData("dry run", "dw.dim_customer", "dw.fact_transactions", "etl.rejected_row", "dw.agg_minute_total", "etl.check_result", "etl.watermark")]
    [InlineData("replay", "etl.rejected_row", "dw.dim_customer", "dw.fact_transactions", "dw.agg_minute_category", "etl.check_result", "etl.audit")]
    [InlineData("fix", "etl.rejected_row", "etl.audit")]
    [InlineData("discard", "etl.rejected_row", "etl.audit")]
    [InlineData("unseal", "etl.audit")]
    public async Task What_is_cancelled_leaves_nothing(string command, params string[] tables)
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        await bench.Batch.SourceAsync("""
            insert into transactions (transaction_id, customer_id, transaction_date, amount, merchant_details)
            select i, case when i < 20 then 1 end, timestamp '2026-01-06' + i * interval '1 minute', i - 11, 'Merchant ' || i from generate_series(10, 30) i;
            insert into customers (customer_id, last_name) values (2, 'Hopper');
            """);
        bench.Batch.Merchants.Add(BatchBench.Merchant("Merchant 12", "Books"));
        bench.Batch.Merchants.Add(new MongoDB.Bson.BsonDocument { ["_id"] = 7 });
        await bench.FixAsync("5", "amount=12.50", "customer_id=99");
        var sealedRow = command == "unseal" ? await SealedAsync(bench) : 0;
        var before = await bench.Batch.ContentsAsync();

        foreach (var table in tables)
        {
            await using var holder = new NpgsqlConnection(bench.Batch.Warehouse.ConnectionString);
            await holder.OpenAsync(Token);
            var hold = await holder.BeginTransactionAsync(Token);
            await using (var keep = new NpgsqlCommand($"lock table {table} in exclusive mode", holder))
                await keep.ExecuteNonQueryAsync(Token);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var running = RunAsync(stop.Token);
            await Eventually.IsTrueAsync($"the {command} at {table}", async token =>
            {
                Assert.False(running.IsCompleted, $"The {command} never came to {table}: {running.Exception}");
                await using var look = new NpgsqlCommand($"select exists (select from pg_locks where not granted and relation = '{table}'::regclass)", holder);
                return await look.ExecuteScalarAsync(token) is true;
            }, Patience, Token);

            await stop.CancelAsync();
            await hold.RollbackAsync(Token);    // At once: the books of a failed pass may need the very table.

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
            Assert.Equal((table, before), (table, await bench.Batch.ContentsAsync()));
        }

        await RunAsync(Token);
        if (command == "dry run")
            Assert.Equal(before, await bench.Batch.ContentsAsync());
        else
            Assert.NotEqual(before, await bench.Batch.ContentsAsync());

        Task RunAsync(CancellationToken token) => command switch
        {
            "run" => bench.Batch.RunAsync(cancellationToken: token),
            "dry run" => bench.Batch.RunAsync(new BatchRequest { Trigger = "test", DryRun = true }, token),
            "replay" => bench.ReplayAsync(null, token),
            "fix" => bench.Book.FixAsync(2, ["amount=1"], null, QuarantineBench.Actor, token),
            "discard" => bench.Book.DiscardAsync([2, 3], "no use", QuarantineBench.Actor, token),
            _ => bench.Book.UnsealAsync(sealedRow, QuarantineBench.Actor, token),
        };
    }

    private static async Task<long> SealedAsync(QuarantineBench bench)
    {
        await bench.Batch.RunAsync();
        return await bench.IdAsync("7");
    }
}
