using Fintech.Etl.Worker.Batch;
using MongoDB.Bson;
using MongoDB.Bson.Serialization;
using MongoDB.Driver;
using Xunit;

namespace Fintech.Tests.Batch;

public sealed class DimensionTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_unknown_merchant_is_inferred_and_turns_real_in_place()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync("insert into transactions (transaction_date, amount, merchant_details) values ('2026-01-05', 1, 'Late Lounge')");
        await bench.RunAsync();
        Assert.Equal(["Unknown true"], await bench.ListAsync(Version("Late Lounge")));
        var key = await bench.ReadAsync<long>("select merchant_key from dw.fact_transactions");

        bench.Merchants.Add(BatchBench.Merchant(" Late Lounge ", "Entertainment"));
        await bench.RunAsync();

        Assert.Equal(["Entertainment false"], await bench.ListAsync(Version("Late Lounge")));
        Assert.Equal(key, await bench.ReadAsync<long>("select merchant_key from dw.dim_merchant where merchant_name = 'Late Lounge'"));

        static string Version(string name) => $"select category || ' ' || is_inferred from dw.dim_merchant where merchant_name = '{name}'";
    }

    [Fact]
    public async Task An_unknown_customer_is_inferred_and_turns_real_in_place()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync("""
            alter table transactions drop constraint transactions_customer_id_fkey;
            insert into transactions (customer_id, transaction_date, amount) values (77, '2026-01-05', 1)
            """);
        var first = await bench.RunAsync();
        Assert.Equal(1, first.Checks.Single(result => result.Check.Name == "unknown_customer").Failures);
        var key = await bench.ReadAsync<long>("select customer_key from dw.dim_customer where customer_id = 77 and is_inferred");

        await bench.SourceAsync("insert into customers values (77, 'Ada', 'Lovelace', 'ada@example.com', '2020-01-01')");
        await bench.RunAsync();

        Assert.Equal(key, await bench.ReadAsync<long>("select customer_key from dw.dim_customer where customer_id = 77 and not is_inferred and first_name = 'Ada' and is_current"));
        Assert.Equal(key, await bench.ReadAsync<long>("select customer_key from dw.fact_transactions"));
        Assert.Equal(1, await bench.ReadAsync<long>("select count(*) from dw.dim_customer where customer_id = 77"));
    }

    [Fact]
    public async Task A_change_makes_a_version_and_facts_point_at_the_one_valid_at_their_time()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync("""
            insert into customers values (1, 'Ada', 'Byron', 'ada@example.com', '2020-01-01'), (2, 'Alan', 'Turing', 'alan@example.com', '2020-01-01');
            insert into transactions (customer_id, transaction_date, amount, merchant_details) values (1, '2026-01-05', 1, 'Corner Cafe')
            """);
        await bench.RunAsync();
        var alan = await bench.ListAsync("select xmin::text from dw.dim_customer where customer_id = 2");

        await bench.SourceAsync("update customers set last_name = 'Lovelace' where customer_id = 1");
        bench.Merchants[0]["category"] = "Fast food";
        bench.Time.Ahead = TimeSpan.FromHours(1);
        await bench.SourceAsync("""
            insert into transactions (customer_id, transaction_date, amount, merchant_details) values
                (1, '2026-01-06', 2, 'Corner Cafe'), (1, now() at time zone 'UTC' + interval '2 hours', 3, 'Corner Cafe')
            """);
        await bench.RunAsync();

        Assert.Equal(
            ["1.00 first Restaurants", "2.00 first Restaurants", "3.00 second Fast food"],
            await bench.ListAsync("""
                select concat_ws(' ', f.amount, case when c.valid_from = '-infinity' then 'first' else 'second' end, m.category)
                from dw.fact_transactions f join dw.dim_customer c using (customer_key) join dw.dim_merchant m using (merchant_key) order by f.amount
                """));
        Assert.Equal(2, await bench.ReadAsync<long>("select count(*) from dw.dim_customer where customer_id = 1"));
        Assert.Equal(1, await bench.ReadAsync<long>("select count(*) from dw.dim_customer a join dw.dim_customer b using (customer_id) where customer_id = 1 and a.valid_to = b.valid_from and b.is_current and b.valid_from = (select max(started_at) from etl.run)"));
        Assert.Equal(alan, await bench.ListAsync("select xmin::text from dw.dim_customer where customer_id = 2"));
    }

    [Fact]
    public async Task A_version_begins_after_the_one_before_it_also_where_the_clock_was_set_back()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync("insert into customers (customer_id, first_name) values (1, 'a')");
        await bench.RunAsync();
        await bench.SourceAsync("update customers set first_name = 'b'");
        await bench.RunAsync();
        bench.Time.Ahead = TimeSpan.FromHours(-1);
        await bench.SourceAsync("update customers set first_name = 'c'");
        await bench.RunAsync();

        Assert.Equal(["a", "b", "c"], await bench.ListAsync("select first_name from dw.dim_customer where customer_id = 1 order by valid_from"));
    }

    [Fact]
    public async Task Anybodys_merchant_documents_are_taken_one_by_one()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        bench.Merchants.Clear();
        bench.Merchants.AddRange(
        [
            new() { ["_id"] = 1, ["merchant_name"] = "No Category" },
            new() { ["_id"] = 2, ["merchant_name"] = "Null Category", ["category"] = BsonNull.Value },
            new() { ["_id"] = 3, ["merchant_name"] = "Twice", ["category"] = "Fuel" },
            new() { ["_id"] = 4, ["merchant_name"] = "Twice ", ["category"] = "Travel" },
            new() { ["_id"] = 5 },
            new() { ["_id"] = 6, ["merchant_name"] = new BsonDocument("owner", "Ada Lovelace"), ["category"] = "Fuel" },
            new() { ["_id"] = 7, ["merchant_name"] = "Numbered", ["category"] = 7 },
            new() { ["_id"] = 8, ["merchant_name"] = "  ", ["category"] = "Fuel" },
            new() { ["_id"] = 9, ["merchant_name"] = "Nul\0", ["category"] = "Fuel" },
            new() { ["_id"] = "ada@example.com", ["merchant_name"] = 5 },
        ]);

        var report = await bench.RunAsync();

        Assert.Equal(
            ["No Category: Unknown", "Null Category: Unknown", "Twice: Fuel"],
            await bench.ListAsync("select merchant_name || ': ' || category from dw.dim_merchant where merchant_key <> 0 order by 1"));
        Assert.Equal(6, report.Checks.Single(result => result.Check.Name == "merchant_document").Failures);
        Assert.Equal(["Twice"], report.Checks.Single(result => result.Check.Name == "duplicate_merchant").Sample);
        Assert.DoesNotContain("ada@example.com", await bench.ContentsAsync());
        var sealedBytes = await bench.ReadAsync<byte[]>("select sealed from etl.rejected_row where origin = 'merchants' and record_key = '6'");
        Assert.Equal("Ada Lovelace", BsonSerializer.Deserialize<BsonDocument>(bench.Key.Unseal(sealedBytes))["merchant_name"]["owner"].AsString);

        await bench.RunAsync();
        Assert.Equal(6, await bench.ReadAsync<long>("select count(*) from etl.rejected_row"));
    }

    [Fact]
    public async Task Merchants_come_from_mongodb()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        var mongo = await servers.CreateMongoDatabaseAsync();
        var documents = Enumerable.Range(1, 2500).Select(i => new BsonDocument { ["_id"] = i, ["merchant_name"] = $"Merchant {i}", ["category"] = $"Category {i % 7}", ["contact"] = "ada@example.com" });
        await mongo.GetCollection<BsonDocument>("merchants").InsertManyAsync(documents.Append(new BsonDocument { ["_id"] = 0, ["merchant_name"] = 5 }), cancellationToken: Token);
        bench.Feed = MongoMerchants.Of(mongo, bench.Options.Merchants);

        var report = await bench.RunAsync();

        Assert.Equal(2500, await bench.ReadAsync<long>("select count(*) from dw.dim_merchant where not is_inferred and category like 'Category _'"));
        Assert.Equal(["0"], report.Checks.Single(result => result.Check.Name == "merchant_document").Sample);
        await mongo.Client.DropDatabaseAsync(mongo.DatabaseNamespace.DatabaseName, Token);
    }
}
