using System.Globalization;
using System.Text;
using CsCheck;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Batch.Copy;
using Fintech.Etl.Worker.Extract;
using NpgsqlTypes;
using Xunit;

namespace Fintech.Tests.Batch;

/// <summary>Whatever a source may hold: for any generated input the books balance, and nothing raw comes out.</summary>
public sealed class PropertyTests(Servers servers)
{
    private static readonly DateTime Day = new(2026, 1, 5, 0, 0, 0, DateTimeKind.Unspecified);
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>No NUL, which PostgreSQL's text cannot hold, and no half of a surrogate pair, which UTF-8 cannot.</summary>
    private static readonly Gen<string> AnyText = Gen.OneOf(
        Gen.String[Gen.Char['\u0001', '\ud7ff'], 0, 40],
        Gen.OneOf<string>("", " ", "Corner Cafe", "  Corner Cafe ", "Robert'); drop table customers;--", "<script>alert(1)</script>", "\u202egnp.exe", "'", "\\N", "NaN"));

    private static readonly Gen<decimal?> AnyAmount = Gen.OneOf(
        Gen.Int[-100_000, 500_000].Select(cents => (decimal?)cents / 100),
        Gen.OneOf<decimal?>(null, 0m, 0.01m, -0.01m, 999_999_999_999.99m, -999_999_999_999.99m, 1_000_000m, 1_000_000.01m));

    private static readonly Gen<DateTime?> AnyDate = Gen.OneOf(
        Gen.Int[0, 86_400].Select(second => (DateTime?)Day.AddSeconds(second)),
        Gen.OneOf<DateTime?>(null, new DateTime(1999, 12, 31), new DateTime(2000, 1, 1), new DateTime(2999, 1, 1), new DateTime(9999, 12, 30), Day));

    // Few ids, so that some repeat, as an extract of somebody's own may have them.
    private static readonly Gen<TransactionRow[]> AnyLedger = Gen.Select(
        Gen.Int[1, 200], Gen.OneOf(Gen.Long[1, 30].Select(id => (long?)id), Gen.OneOf<long?>(null, -1, long.MaxValue)), AnyDate, AnyAmount, AnyText.Null(),
        Gen.OneOf<string?>(null, "purchase", "refund", "reversal", "Purchase", "chargeback", ""), Gen.OneOf<string?>(null, "USD", "EUR", "eur", "", "EURO", "ÄÖÜ"),
        (id, customer, date, amount, merchant, type, currency) => new TransactionRow(id, customer, date, amount, merchant, type, currency)).Array[0, 60];

    [Theory]
    [InlineData(1)]
    [InlineData(int.MaxValue)]
    public async Task Of_any_ledger_every_row_is_loaded_quarantined_or_known(int directLoadRows)
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        bench.Options = new BatchOptions { DirectLoadRows = directLoadRows, Extract = new ExtractOptions { Transactions = bench.QueryFile("select * from ledger") } };
        await bench.SourceAsync("create table ledger (transaction_id bigint, customer_id bigint, transaction_date timestamp, amount numeric(14,2), merchant_name text, type text, currency text)");

        await AnyLedger.SampleAsync(async rows =>
        {
            await bench.SourceAsync("truncate ledger");
            await bench.WarehouseAsync("truncate dw.fact_transactions, dw.agg_minute_category, dw.agg_minute_total, etl.rejected_row, etl.watermark, etl.watermark_gap");
            await FillAsync(bench, rows);

            var report = await bench.RunAsync();

            foreach (var (currency, page) in report.Books.Pages)
            {
                var mine = rows.Where(row => PassBooks.PageOf(row.Currency ?? "USD") == currency).ToList();
                Assert.Equal(new Tally(mine.Count, mine.Sum(row => row.Amount ?? 0)), page.Read);
                Assert.Equal(page.Read, page.Loaded + page.Quarantined + page.Known);
                Assert.Equal(page.Loaded, await bench.FactsAsync($"currency = '{currency}'"));
            }

            Assert.Equal(rows.Length, report.Totals.Read.Rows);
            Assert.Equal(report.Totals.Loaded.Amount, await bench.ReadAsync<decimal>("select coalesce(sum(amount), 0) from dw.agg_minute_category"));
            var again = await bench.RunAsync(BatchBench.Full);
            Assert.Equal((0L, report.Totals.Quarantined.Rows), (again.Totals.Loaded.Rows, again.Totals.Quarantined.Rows));
        }, iter: 40, threads: 1);
    }

    [Fact]
    public void No_customer_comes_out_of_the_transform_with_a_raw_name_or_address()
    {
        var key = new Etl.Worker.Privacy.PiiKey(BatchBench.Secret, 1);
        var transform = new Transform(new PassContext(1, DateTime.UtcNow, BatchBench.Full, new BatchOptions(), key));
        var secret = Gen.String[Gen.Char['a', 'z'], 6, 30];

        Gen.Select(Gen.Long, AnyText.Null(), secret, secret).Sample((id, firstName, lastName, mailbox) =>
        {
            var row = new CustomerRow(id, firstName, lastName, $"{mailbox}@example.com", new DateOnly(2020, 1, 1));
            var staged = transform.Customer(row);
            foreach (var property in typeof(StagedCustomer).GetProperties().Where(property => property.Name != nameof(StagedCustomer.FirstName)))
            {
                var text = property.GetValue(staged) is byte[] bytes ? Encoding.Latin1.GetString(bytes) : Convert.ToString(property.GetValue(staged), CultureInfo.InvariantCulture)!;
                Assert.DoesNotContain(lastName, text, StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain(mailbox, text, StringComparison.OrdinalIgnoreCase);
            }

            Assert.Equal(staged.RowHash, transform.Customer(row).RowHash);
            Assert.NotEqual(staged.RowHash, transform.Customer(row with { LastName = lastName + "x" }).RowHash);
        });
    }

    [Fact]
    public void Any_amount_survives_the_way_over_the_wire() =>
        Gen.Long[-99_999_999_999_999, 99_999_999_999_999].Sample(cents =>
        {
            Span<byte> wire = stackalloc byte[PgNumeric.MostBytes];
            var length = PgNumeric.WriteHundredths(wire, cents);
            Assert.Equal(cents / 100m, PgNumeric.Read(wire[..length]));
        });

    private static async Task FillAsync(BatchBench bench, TransactionRow[] rows)
    {
        await using var connection = await bench.Source.OpenConnectionAsync(Token);
        await using var copy = await connection.BeginBinaryImportAsync("copy ledger from stdin (format binary)", Token);
        foreach (var row in rows)
        {
            await copy.StartRowAsync(Token);
            await copy.WriteAsync(row.TransactionId, NpgsqlDbType.Bigint, Token);
            await WriteAsync(row.CustomerId, NpgsqlDbType.Bigint);
            await WriteAsync(row.Date, NpgsqlDbType.Timestamp);
            await WriteAsync(row.Amount, NpgsqlDbType.Numeric);
            await WriteAsync(row.Merchant, NpgsqlDbType.Text);
            await WriteAsync(row.Type, NpgsqlDbType.Text);
            await WriteAsync(row.Currency, NpgsqlDbType.Text);
        }

        await copy.CompleteAsync(Token);

        async Task WriteAsync(object? value, NpgsqlDbType type)
        {
            if (value is null)
                await copy.WriteNullAsync(Token);
            else
                await copy.WriteAsync(value, type, Token);
        }
    }
}
