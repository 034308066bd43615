using Fintech.Etl.Worker.Batch;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Batch;

/// <summary>What a pass needs goes away in the midst of a COPY, or the warehouse has no room for it.</summary>
public sealed class BrokenConnectionTests(Servers servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, "copy (select * from%", 1)]
    [InlineData(true, "copy (select * from%", int.MaxValue)]
    [InlineData(false, "copy dw.fact_transactions%", 1)]
    [InlineData(false, "copy stage_transaction%", int.MaxValue)]
    public async Task A_connection_cut_in_the_midst_of_a_copy_leaves_nothing_and_the_next_pass_is_complete(bool source, string query, int directLoadRows)
    {
        await using var bench = await CreateAsync(300_000, directLoadRows);
        var before = await bench.ContentsAsync();

        var pass = bench.RunAsync();
        // As the server's administrator: the writer's role may not end sessions.
        await using var warehouse = NpgsqlDataSource.Create(bench.Warehouse.ConnectionString);
        var server = source ? bench.Source : warehouse;
        await Eventually.IsTrueAsync($"'{query}' to be cut", async token =>
        {
            await using var cut = server.CreateCommand(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and state = 'active' and query like $1 and pid <> pg_backend_pid()");
            cut.Parameters.Add(new() { Value = query });
            return await cut.ExecuteScalarAsync(token) is true;
        }, Patience, Token);
        var failure = await Assert.ThrowsAsync<BatchException>(() => pass);

        Assert.StartsWith("While loading the transactions: ", failure.Message);
        Assert.Equal(before, await bench.ContentsAsync());
        Assert.Equal("failed", await bench.ReadAsync<string>("select status from etl.run order by run_id desc limit 1"));
        await CompletesAsync(bench);
    }

    [Theory]
    [InlineData("dw.fact_transactions", 1)]
    [InlineData("dw.fact_transactions", int.MaxValue)]
    [InlineData("dw.agg_minute_category", 1)]
    [InlineData("etl.rejected_row", 1)]
    [InlineData("etl.watermark", int.MaxValue)]
    public async Task A_warehouse_without_room_takes_all_of_a_pass_or_nothing(string table, int directLoadRows)
    {
        await using var bench = await CreateAsync(5_000, directLoadRows);
        var before = await bench.ContentsAsync();
        // As the server says it when a tablespace is full, after a part of the rows.
        await bench.WarehouseAsync($"""
            create sequence etl.room;
            create function etl.full_disk() returns trigger language plpgsql as $$
            begin
                if nextval('etl.room') >= (case when tg_table_name like 'fact%' then 3000 else 1 end) then
                    raise exception 'could not extend file "base/1/2": No space left on device' using errcode = '53100';
                end if;
                return new;
            end $$;
            create trigger full_disk before insert on {table} for each row execute function etl.full_disk();
            """);

        var failure = await Assert.ThrowsAsync<BatchException>(() => bench.RunAsync());
        await bench.WarehouseAsync("drop function etl.full_disk cascade; drop sequence etl.room");

        Assert.EndsWith("could not extend file \"base/1/2\": No space left on device (SQLSTATE 53100).", failure.Message);
        Assert.Equal(before, await bench.ContentsAsync());
        await CompletesAsync(bench);
    }

    private async Task<BatchBench> CreateAsync(int rows, int directLoadRows)
    {
        var bench = await BatchBench.CreateAsync(servers);
        bench.Options = new BatchOptions { DirectLoadRows = directLoadRows };
        await bench.SourceAsync($"""
            insert into customers select i, 'Ada', 'Lovelace', 'c' || i || '@example.com', '2020-01-01' from generate_series(1, 100) i;
            insert into transactions (customer_id, transaction_date, amount, merchant_details)
            select 1 + i % 100, timestamp '2026-01-05' + i * interval '1 second', case when i % 1000 = 0 then 0 else i end, 'Corner Cafe' from generate_series(1, {rows}) i;
            """);
        return bench;
    }

    private static async Task CompletesAsync(BatchBench bench)
    {
        await bench.RunAsync();
        var source = await bench.SourceTallyAsync("amount > 0");
        Assert.Equal(source, await bench.FactsAsync());
        Assert.Equal(source.Amount, await bench.ReadAsync<decimal>("select sum(amount) from dw.agg_minute_total"));
        Assert.Equal(await bench.SourceTallyAsync("amount = 0"), new Tally(await bench.ReadAsync<long>("select count(*) from etl.rejected_row"), 0));
    }
}
