using Fintech.Etl.Worker.Batch;
using Xunit;

namespace Fintech.Tests.Batch;

public sealed class PrivacyTests(Servers servers)
{
    [Fact]
    public async Task No_raw_last_name_or_email_is_anywhere_in_the_warehouse()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync("""
            insert into customers select i, 'Firstname' || i, 'Zzlastname' || i, 'Qqmail' || i || '@example.com', '2020-01-01' from generate_series(1, 100) i;
            insert into transactions (customer_id, transaction_date, amount, merchant_details) select i, '2026-01-05', i - 3, 'Corner Cafe' from generate_series(1, 100) i;
            """);
        await bench.RunAsync();
        await bench.SourceAsync("update customers set last_name = 'Zzlastname-new' where customer_id < 10; update transactions set amount = 77 where transaction_id = 50");
        await bench.RunAsync(BatchBench.Full);

        var all = new List<string>();
        foreach (var table in await bench.ListAsync("select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('dw', 'etl')"))
            all.AddRange(await bench.ListAsync($"select t::text from {table} t"));
        var dump = string.Join('\n', all);

        // Also as the bytes of a bytea, which are printed in hexadecimal.
        Assert.Contains("Firstname42", dump);
        Assert.Contains("conflict", dump);
        foreach (var secret in (string[])["Zzlastname", "zzlastname", "Qqmail", "qqmail"])
        {
            Assert.DoesNotContain(secret, dump, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(secret)), dump, StringComparison.OrdinalIgnoreCase);
        }

        Assert.Equal(109, await bench.ReadAsync<long>("select count(distinct last_name_hash || email_hash) from dw.dim_customer"));
    }

    [Fact]
    public void A_customer_does_not_print_what_is_personal() =>
        Assert.Equal("customer 1", new CustomerRow(1, "Ada", "Lovelace", "ada@example.com", null).ToString());

    [Fact]
    public void The_same_customer_hashes_the_same_and_moved_letters_do_not()
    {
        var transform = new Transform(new PassContext(1, DateTime.UtcNow, BatchBench.Full, new BatchOptions(), new(BatchBench.Secret, 1)));
        var row = new CustomerRow(1, "Ada", "Lovelace", "ada@example.com", new DateOnly(2020, 1, 1));

        Assert.Equal(transform.Customer(row).RowHash, transform.Customer(row with { Email = " Ada@Example.com" }).RowHash);
        Assert.NotEqual(transform.Customer(row).RowHash, transform.Customer(row with { FirstName = "AdaL", LastName = "ovelace" }).RowHash);
        Assert.NotEqual(transform.Customer(row).RowHash, transform.Customer(row with { SignupDate = null }).RowHash);
        Assert.NotEqual(transform.Customer(row with { FirstName = null }).RowHash, transform.Customer(row with { FirstName = "" }).RowHash);
        Assert.Null(transform.Customer(row with { Email = "  " }).EmailHash);
    }
}
