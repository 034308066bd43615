using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Extract;
using Fintech.Etl.Worker.Warehouse;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Batch;

/// <summary>A source that is silent for longer than a writer of the warehouse may be idle in a transaction.</summary>
public sealed class SlowSourceTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Minutes on a large ledger without an index on the date, here seconds.</summary>
    [Fact]
    public async Task A_pass_outlasts_a_source_that_is_slow_to_find_its_first_row()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync("""
            insert into customers values (1, 'Ada', 'Lovelace', 'ada@example.com', '2020-01-01');
            insert into transactions (customer_id, transaction_date, amount, merchant_details) select 1, '2026-01-05', i, 'Corner Cafe' from generate_series(1, 10) i;
            """);
        bench.Options = new BatchOptions
        {
            Extract = new ExtractOptions
            {
                Transactions = bench.QueryFile("select transactions.*, merchant_details as merchant_name from (select pg_sleep(6)) as slow, transactions"),
            },
        };
        await using var impatient = Impatient(bench);

        var report = await (await bench.CreatePassAsync(impatient)).RunAsync(new BatchRequest { Trigger = "test" }, Token);

        Assert.Equal(new Tally(10, 55), report.Totals.Loaded);
        Assert.Equal(new Tally(10, 55), await bench.FactsAsync());
    }

    /// <summary>As every writer connects, with a part of its times: idle for longer than 3 s it is ended, unless it says something every second.</summary>
    private static NpgsqlDataSource Impatient(BatchBench bench)
    {
        var builder = new NpgsqlDataSourceBuilder(bench.Warehouse.ConnectionString);
        WarehouseConnection.ConfigureWriter(builder);
        var settings = builder.ConnectionStringBuilder;
        settings.Options = settings.Options!.Replace("idle_in_transaction_session_timeout=60s", "idle_in_transaction_session_timeout=3s", StringComparison.Ordinal);
        settings.KeepAlive /= 15;
        return builder.Build();
    }
}
