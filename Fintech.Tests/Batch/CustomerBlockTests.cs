using Fintech.Etl.Worker.Batch;
using Xunit;

namespace Fintech.Tests.Batch;

/// <summary>Customers are compared by blocks, and only those of blocks that changed are read.</summary>
public sealed class CustomerBlockTests(Servers servers)
{
    private const string Customers = "insert into customers select i * 7, 'F' || i, 'L' || i, 'c' || i || '@example.org', date '2024-01-01' from generate_series(1, 2000) i";

    [Fact]
    public async Task Nothing_is_read_where_nothing_changed_and_one_block_where_one_customer_did()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync(Customers);
        Assert.Equal((2000L, 2000L), Read(await bench.RunAsync()));
        Assert.Equal((2000L, 0L), Read(await bench.RunAsync()));

        await bench.SourceAsync("update customers set email = 'new@example.org' where customer_id = 700");
        var (compared, read) = Read(await bench.RunAsync());
        Assert.Equal(2000L, compared);
        Assert.InRange(read, 1, 10);
        Assert.Equal(["f", "t"], await bench.ListAsync("select left(is_current::text, 1) from dw.dim_customer where customer_id = 700 order by valid_from"));

        await bench.SourceAsync("delete from customers where customer_id = 1400; insert into customers values (-9000000, 'Ada', 'Lovelace', null, null)");
        Assert.InRange(Read(await bench.RunAsync()).Read, 1, 10);
        Assert.Equal(1, await bench.ReadAsync<long>("select count(*) from dw.dim_customer where customer_id = -9000000"));
        Assert.Equal((2000L, 0L), Read(await bench.RunAsync()));
        Assert.Equal((2000L, 2000L), Read(await bench.RunAsync(BatchBench.Full)));
    }

    [Fact]
    public async Task A_customer_whom_a_stream_inferred_during_the_pass_is_read_again_by_the_next()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync(Customers);
        await bench.RunAsync();
        await bench.SourceAsync("insert into customers values (1, 'Ada', 'Lovelace', null, null)");
        await InferMeanwhileAsync(bench);

        await bench.RunAsync();
        Assert.True(await bench.ReadAsync<bool>("select is_inferred from dw.dim_customer where customer_id = 1"));

        await bench.WarehouseAsync("drop trigger meanwhile on dw.dim_customer");
        await bench.RunAsync();
        Assert.Equal("Ada", await bench.ReadAsync<string>("select first_name from dw.dim_customer where customer_id = 1 and is_current and not is_inferred"));
    }

    [Fact]
    public async Task An_update_whose_transaction_stayed_open_for_long_is_found_when_the_blocks_are_compared()
    {
        await using var bench = await UpdatesAsync();
        // As a transaction leaves it that began an hour ago, and commits after a pass has read what was updated since.
        await bench.SourceAsync("update customers set first_name = 'Grace', updated_at = now() - interval '1 hour' where customer_id = 70");

        Assert.Equal((0L, 0L), Read(await bench.RunAsync()));      // What is before the overlap nobody sees …
        bench.Time.Ahead = TimeSpan.FromHours(25);
        var (compared, read) = Read(await bench.RunAsync());

        Assert.Equal(2000L, compared);                              // … until a day is over.
        Assert.InRange(read, 1, 10);
        Assert.Equal("Grace", await bench.ReadAsync<string>("select first_name from dw.dim_customer where customer_id = 70 and is_current"));
        Assert.Equal((0L, 0L), Read(await bench.RunAsync()));
    }

    [Fact]
    public async Task A_customer_whom_a_stream_inferred_during_the_pass_is_read_again_also_where_updates_are_told()
    {
        await using var bench = await UpdatesAsync();
        await bench.SourceAsync("insert into customers values (1, 'Ada', 'Lovelace', null, null, now())");
        await InferMeanwhileAsync(bench);
        await bench.RunAsync();
        Assert.True(await bench.ReadAsync<bool>("select is_inferred from dw.dim_customer where customer_id = 1"));
        await bench.WarehouseAsync("drop trigger meanwhile on dw.dim_customer");
        await bench.SourceAsync("update customers set updated_at = now() - interval '1 hour' where customer_id = 1");      // As if as much time had passed.

        Assert.Equal((0L, 1L), Read(await bench.RunAsync()));

        Assert.Equal("Ada", await bench.ReadAsync<string>("select first_name from dw.dim_customer where customer_id = 1 and is_current and not is_inferred"));
        Assert.Equal((0L, 0L), Read(await bench.RunAsync()));
    }

    /// <summary>2,000 customers who tell when they were updated, read once.</summary>
    private async Task<BatchBench> UpdatesAsync()
    {
        var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync($"""
            {Customers};
            alter table customers add updated_at timestamptz;
            update customers set updated_at = now() - interval '1 day';
            insert into transactions (transaction_date, amount) values (now(), 1);
            """);
        Assert.Equal((2000L, 2000L), Read(await bench.RunAsync()));
        return bench;
    }

    /// <summary>As a stream does it between the two statements of the merge.</summary>
    private static Task InferMeanwhileAsync(BatchBench bench) => bench.WarehouseAsync("""
        create function etl.meanwhile() returns trigger language plpgsql as $$
        begin
            insert into dw.dim_customer (customer_id, is_inferred) values (1, true) on conflict do nothing;
            return null;
        end $$;
        create trigger meanwhile after update on dw.dim_customer for each statement execute function etl.meanwhile();
        """);

    [Fact]
    public async Task A_first_load_leaves_the_same_dimension_directly_as_by_way_of_the_stage()
    {
        const string dimension = """
            select concat_ws('|', customer_id, first_name, last_name_hash, email_hash, pii_key_version, signup_date, row_hash, is_inferred, valid_from, valid_to, is_current)
            from dw.dim_customer where customer_id > 0 order by 1
            """;
        const string indexes = "select indexdef from pg_indexes where schemaname = 'dw' and tablename = 'dim_customer' order by 1";
        await using var direct = await BatchBench.CreateAsync(servers);
        await using var staged = await BatchBench.CreateAsync(servers);
        await staged.WarehouseAsync("insert into dw.dim_customer (customer_id, is_inferred) values (-1, true)");   // No longer empty.
        var before = await direct.ListAsync(indexes);
        foreach (var bench in new[] { direct, staged })
            await bench.SourceAsync($"{Customers}; insert into customers values (1, null, null, null, null)");

        Assert.Contains((await direct.RunAsync()).Stages, line => line.What == "customer versions, direct");
        Assert.Contains((await staged.RunAsync()).Stages, line => line.What == "customer versions, staged");

        Assert.Equal(await staged.ListAsync(dimension), await direct.ListAsync(dimension));
        Assert.Equal(2001, (await direct.ListAsync(dimension)).Count);
        Assert.Equal(before, await direct.ListAsync(indexes));
    }

    private static (long Compared, long Read) Read(PassReport report) =>
        (report.Stages.Single(line => line.What == "customers compared").Rows, report.Stages.SingleOrDefault(line => line.What == "customers")?.Rows ?? 0);
}
