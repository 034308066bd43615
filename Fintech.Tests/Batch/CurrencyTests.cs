using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Extract;
using Xunit;

namespace Fintech.Tests.Batch;

/// <summary>Extracts that tell type and currency: each currency has books of its own, refunds count negative.</summary>
public sealed class CurrencyTests(Servers servers)
{
    private const string Ledger = """
        create table ledger (transaction_id int, customer_id int, transaction_date timestamp, amount numeric(12,2), merchant_name text, type text, currency text, terminal_id text);
        insert into ledger values
            ( 1, 1, '2026-01-05 10:00', 10.00, 'Corner Cafe', 'purchase', 'EUR', 'T1'),
            ( 2, 1, '2026-01-05 10:00', 20.00, 'Corner Cafe', null, 'USD', null),
            ( 3, 1, '2026-01-05 10:00', -4.00, 'Corner Cafe', 'refund', 'EUR', 'T1'),
            ( 4, 1, '2026-01-05 10:00', -4.00, 'Corner Cafe', 'reversal', null, 'T1'),
            ( 5, 1, '2026-01-05 10:01', -1.00, 'Corner Cafe', 'purchase', 'EUR', null),
            ( 6, 1, '2026-01-05 10:01', 0.00, 'Corner Cafe', 'refund', 'EUR', null),
            ( 7, 1, '2026-01-05 10:01', 7.00, 'Corner Cafe', 'refund', 'EUR', null),
            ( 8, 1, '2026-01-05 10:01', 8.00, 'Corner Cafe', 'Refund', 'EUR', null),
            ( 9, 1, '2026-01-05 10:01', 9.00, 'Corner Cafe', null, 'eur', null),
            (10, 1, '2026-01-05 10:01', 5.00, 'Corner Cafe', null, E'EUR\n', null),
            (11, 1, '2026-01-05 10:01', 1000000.01, 'Corner Cafe', null, 'JPY', null),
            (12, 1, '2026-01-05 10:00', 10.00, 'Corner Cafe', 'purchase', 'USD', 'T1'),
            (13, 1, '2026-01-05 10:00', 10.00, 'Corner Cafe', 'purchase', 'EUR', 'T9'),
            (14, 1, '2026-01-05 10:00', -4.00, 'Corner Cafe', 'refund', 'EUR', 'T1');
        """;

    [Theory]
    [InlineData(1)]
    [InlineData(int.MaxValue)]
    public async Task Every_currency_balances_by_itself_and_refunds_count_negative(int directLoadRows)
    {
        await using var bench = await BenchAsync(directLoadRows);

        var report = await bench.RunAsync();

        Assert.Equal(["?", "EUR", "JPY", "USD"], report.Books.Pages.Select(page => page.Currency));
        var pages = report.Books.Pages.ToDictionary(page => page.Currency, page => page.Totals);
        Assert.Equal((new Tally(2, 14m), new Tally(0, 0m), new Tally(2, 14m)), (pages["?"].SourceSaid, pages["?"].Loaded, pages["?"].Quarantined));
        Assert.Equal((new Tally(8, 26m), new Tally(4, 12m), new Tally(4, 14m)), (pages["EUR"].SourceSaid, pages["EUR"].Loaded, pages["EUR"].Quarantined));
        Assert.Equal((new Tally(3, 26m), new Tally(3, 26m)), (pages["USD"].Read, pages["USD"].Loaded));
        Assert.Equal(["10 currency_unknown", "11 amount_over_maximum", "5 amount_not_positive", "6 amount_not_positive", "7 refund_not_negative", "8 type_unknown", "9 currency_unknown"],
            await bench.ListAsync("select record_key || ' ' || check_name from etl.rejected_row order by 1"));
        Assert.Equal(["1 purchase 10.00 EUR T1", "12 purchase 10.00 USD T1", "13 purchase 10.00 EUR T9", "14 refund -4.00 EUR T1", "2 purchase 20.00 USD", "3 refund -4.00 EUR T1", "4 reversal -4.00 USD T1"],
            await bench.ListAsync("select concat_ws(' ', transaction_id, type, amount, currency, terminal_id) from dw.fact_transactions order by 1"));
        Assert.Equal(["EUR 4 12.00", "USD 3 26.00"], await bench.ListAsync("select concat_ws(' ', currency, transactions, amount) from dw.agg_minute_total order by 1"));
        Assert.Equal(["EUR 4 12.00", "USD 3 26.00"], await bench.ListAsync("select concat_ws(' ', currency, transactions, amount) from dw.agg_minute_category order by 1"));
        // Equal purchases are of one currency; two equal refunds are none.
        Assert.Equal("{13}", await bench.ReadAsync<string>("select sample::text from etl.check_result where name = 'equal_purchase'"));

        var again = await bench.RunAsync(BatchBench.Full);
        Assert.Equal((7L, 7L, 0L), (again.Totals.Known.Rows, again.Totals.Quarantined.Rows, again.Totals.Loaded.Rows));
        await bench.SourceAsync("update ledger set currency = 'USD' where transaction_id = 1");
        Assert.Equal(new Tally(1, 10m), (await bench.RunAsync(BatchBench.Full)).Books.Pages.Single(page => page.Currency == "USD").Totals.Quarantined);
    }

    [Fact]
    public async Task A_sum_that_differs_in_one_currency_blocks_though_the_total_agrees()
    {
        await using var bench = await BenchAsync(directLoadRows: int.MaxValue);
        // The fact's currency is another than the source counted; rows and overall sum stay the same.
        await bench.WarehouseAsync("""
            create function etl.confuse() returns trigger language plpgsql as $$ begin new.currency := 'GBP'; return new; end $$;
            create trigger confuse before insert on dw.fact_transactions for each row when (new.transaction_id = '1') execute function etl.confuse();
            """);

        var failure = await Assert.ThrowsAsync<BatchException>(() => bench.RunAsync());

        Assert.Contains("The check nothing_lost failed: EUR: ", failure.Message);
        Assert.Contains("GBP: ", failure.Message);
        Assert.Equal(0, (await bench.FactsAsync()).Rows);
    }

    private async Task<BatchBench> BenchAsync(int directLoadRows)
    {
        var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync($"{Ledger} insert into customers values (1, 'Ada', 'Lovelace', 'ada@example.com', '2020-01-01')");
        bench.Options = new BatchOptions { DirectLoadRows = directLoadRows, Extract = new ExtractOptions { Transactions = bench.QueryFile("select * from ledger") } };
        return bench;
    }
}
