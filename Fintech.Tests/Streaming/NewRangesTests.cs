using System.Text.Json;
using Fintech.Tests.Warehouse;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Streaming;

/// <summary>What a fast stream wrote since autovacuum came by is found by time without reading all of it.</summary>
public sealed class NewRangesTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Facts_of_a_minute_are_found_without_reading_those_of_other_minutes()
    {
        await using var warehouse = await WarehouseDatabase.CreateAsync(servers, Token);
        // An hour of facts: about 5 ranges of 128 pages in each of the sixteen partitions, of which the newest two stay unknown.
        await ExecuteAsync(warehouse, """
            alter table dw.fact_transactions_00 set (autovacuum_enabled = off);
            insert into dw.fact_transactions (transaction_id, source_system, customer_key, merchant_key, date_key, occurred_at, received_at, amount, currency, load_id, terminal_id)
            select n::text, 'stream', 0, 0, 20260101, '2026-01-01 00:00Z'::timestamptz + n * interval '10 ms', '2026-01-01 00:00Z'::timestamptz + n * interval '10 ms', 1, 'USD', 1, repeat('t', 200)
            from generate_series(1, 360000) n
            """);
        var all = await PagesAsync(warehouse);
        Assert.Equal(await warehouse.ScalarAsync<long>("select pg_relation_size('dw.fact_transactions_00') / 8192", Token), all);

        Assert.True(await warehouse.ScalarAsync<int>("select dw.summarize_new_ranges()", Token) > 0);
        Assert.InRange(await PagesAsync(warehouse), 1, all * 2 / 3);
        Assert.Equal(0, await warehouse.ScalarAsync<int>("select dw.summarize_new_ranges()", Token));
    }

    [Fact]
    public async Task A_partition_that_somebody_else_is_at_work_on_is_left_for_later()
    {
        await using var warehouse = await WarehouseDatabase.CreateAsync(servers, Token);
        await using var connection = await warehouse.DataSource.OpenConnectionAsync(Token);
        await using var hold = new NpgsqlCommand("begin; lock table dw.fact_transactions in access exclusive mode", connection);
        await hold.ExecuteNonQueryAsync(Token);
        Assert.Equal(0, await warehouse.ScalarAsync<int>("select dw.summarize_new_ranges()", Token));
    }

    private static async Task ExecuteAsync(WarehouseDatabase warehouse, string sql)
    {
        await using var command = warehouse.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }

    /// <summary>Pages of a partition that a question for its first minute reads.</summary>
    private static async Task<long> PagesAsync(WarehouseDatabase warehouse)
    {
        var plan = await warehouse.ScalarAsync<string>(
            """
            set enable_seqscan = off;
            explain (analyze, format json) select count(*) from dw.fact_transactions_00
            where received_at >= '2026-01-01 00:00Z' and received_at < '2026-01-01 00:01Z'
            """, Token);
        using var read = JsonDocument.Parse(plan);
        for (var node = read.RootElement[0].GetProperty("Plan"); ; node = node.GetProperty("Plans")[0])
        {
            if (node.GetProperty("Node Type").GetString() == "Bitmap Heap Scan")
                return node.GetProperty("Exact Heap Blocks").GetInt64() + node.GetProperty("Lossy Heap Blocks").GetInt64();
        }
    }
}
