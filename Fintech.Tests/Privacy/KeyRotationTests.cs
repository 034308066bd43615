using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Privacy;
using Fintech.Tests.Batch;
using Xunit;

namespace Fintech.Tests.Privacy;

public sealed class KeyRotationTests(Servers servers)
{
    private const string NewSecret = "another-only-for-tests-0123456789-0123456789";
    private const string Versions = "select concat_ws(' ', customer_id, pii_key_version, is_current) from dw.dim_customer where customer_key <> 0 order by customer_id, valid_from";
    private static readonly PrivacyOptions Former = new() { PiiKey = BatchBench.Secret };
    private static readonly PrivacyOptions Rotating = new() { PiiKey = NewSecret, FormerKey = BatchBench.Secret };
    private static readonly PrivacyOptions New = new() { PiiKey = NewSecret };
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Current_versions_get_the_new_key_in_batches_while_passes_run_and_no_version_is_made()
    {
        await using var bench = await CreateAsync(customers: 25);
        await bench.SourceAsync("update customers set last_name = 'Married' where customer_id = 3");
        await bench.RunAsync();
        var keys = await bench.ListAsync("select customer_key::text from dw.dim_customer order by 1");
        var hash = await bench.ReadAsync<byte[]>("select last_name_hash from dw.dim_customer where customer_id = 7");

        bench.Keys = Rotating;
        var progress = new List<long>();
        var report = await RotateAsync(bench, batch: 10, async done =>
        {
            progress.Add(done.Customers);
            if (progress.Count == 1)
            {
                // Ten customers have the new key, the others the former: a pass sees no change in any of them, but for the one that changed.
                await bench.SourceAsync("update customers set last_name = 'Changed' where customer_id = 5; insert into customers values (26, 'New', 'Comer', 'new@example.org', '2026-01-01')");
                await bench.RunAsync();
                Assert.Equal(15, await bench.ReadAsync<long>("select count(*) from dw.dim_customer where is_current and pii_key_version = 1"));
            }
        });

        Assert.Equal([10, 20, 25], progress.Take(3));
        Assert.Equal((2, 25L, 0L), (report.Version, report.Customers, report.Left));
        Assert.Equal(26, await bench.ReadAsync<long>("select count(*) from dw.dim_customer where is_current and pii_key_version = 2"));
        Assert.Equal(["3 1 f", "3 2 t", "5 2 f", "5 2 t"], (await bench.ListAsync(Versions)).Where(version => version[0] is '3' or '5'));
        Assert.Equal(keys.Count + 2, await bench.ReadAsync<long>("select count(*) from dw.dim_customer"));
        Assert.NotEqual(hash, await bench.ReadAsync<byte[]>("select last_name_hash from dw.dim_customer where customer_id = 7"));
        Assert.Equal(new PiiKey(NewSecret, 2).HashLastName("Lastname7"), await bench.ReadAsync<byte[]>("select last_name_hash from dw.dim_customer where customer_id = 7"));

        bench.Keys = New;
        var contents = await bench.ContentsAsync();
        await bench.RunAsync();
        Assert.Equal(contents, await bench.ContentsAsync());
        Assert.Equal(["rotate-key key version 2"], await bench.ListAsync("select action || ' ' || subject from etl.audit"));
        Assert.Equal(["rotate-key succeeded 25"], await bench.ListAsync("select concat_ws(' ', trigger, status, rows_read) from etl.run where kind = 'command'"));
    }

    [Fact]
    public async Task A_rotation_that_was_killed_goes_on_where_it_was()
    {
        await using var bench = await CreateAsync(customers: 25);
        bench.Keys = Rotating;
        await Assert.ThrowsAsync<OperationCanceledException>(() => RotateAsync(bench, batch: 10, _ => throw new OperationCanceledException("killed")));
        Assert.Equal(10, await bench.ReadAsync<long>("select count(*) from dw.dim_customer where pii_key_version = 2"));

        bench.Keys = New;
        Assert.Equal("The rotation to key version 2 is not finished: Privacy:FormerKey, the key of version 1, is needed until rotate-key has ended.",
            (await Assert.ThrowsAsync<InvalidOperationException>(bench.OpenKeysAsync)).Message);

        bench.Keys = Rotating;
        Assert.Equal(15, (await RotateAsync(bench, batch: 10)).Customers);
        Assert.Equal(0, (await RotateAsync(bench, batch: 10)).Customers);
        Assert.Equal(25, await bench.ReadAsync<long>("select count(*) from dw.dim_customer where pii_key_version = 2 and is_current"));
        Assert.Equal(["failed", "succeeded", "succeeded"], await bench.ListAsync("select status from etl.run where kind = 'command' order by run_id"));
    }

    [Fact]
    public async Task What_was_sealed_is_sealed_again_and_met_again_it_is_the_same_rejection()
    {
        await using var bench = await CreateAsync(customers: 1);
        bench.Merchants.Add(new() { ["_id"] = 6, ["merchant_name"] = 5 });
        await bench.SourceAsync("insert into transactions (customer_id, transaction_date, amount) values (1, '2026-01-05', -1)");
        await bench.RunAsync();
        var keys = await bench.OpenKeysAsync();
        var plain = keys.Unseal(await SealedAsync());
        await bench.WarehouseAsync("""
            insert into etl.rejected_row (run_id, origin, source_system, record_key, check_name, reason, sealed, content_hash)
            select run_id, 'transactions:0', 'ledger', '1-0', 'malformed', 'broken', '\x00000001' || sha256('no key has sealed this'), '\x00' from etl.run limit 1
            """);

        bench.Keys = Rotating;
        var report = await RotateAsync(bench, batch: 1);

        Assert.Equal((1L, 1L), (report.Sealed, report.Unreadable));
        bench.Keys = New;
        Assert.Equal(plain, (await bench.OpenKeysAsync()).Unseal(await SealedAsync()));
        await bench.RunAsync(BatchBench.Full);
        Assert.Equal(["merchants", "transactions", "transactions:0"], await bench.ListAsync("select origin from etl.rejected_row order by 1"));

        Task<byte[]> SealedAsync() => bench.ReadAsync<byte[]>("select sealed from etl.rejected_row where origin = 'merchants'");
    }

    [Fact]
    public async Task Somebody_erased_stays_erased_through_a_rotation_and_a_later_one()
    {
        await using var bench = await CreateAsync(customers: 3);
        await bench.SourceAsync("insert into transactions (customer_id, transaction_date, amount) values (2, '2026-01-05', 1)");
        await bench.RunAsync();
        await new Erasure(bench.Warehouse.DataSource, await bench.OpenKeysAsync(), Wrap(bench.Options)).RunAsync(2, rehearse: false, "test", Token);

        bench.Keys = Rotating;
        await RotateAsync(bench);
        bench.Keys = new() { PiiKey = BatchBench.Secret + "third", FormerKey = NewSecret };
        var report = await RotateAsync(bench);
        Assert.Equal((3, 2L, 0L), (report.Version, report.Customers, report.Left));
        bench.Keys = new() { PiiKey = BatchBench.Secret + "third" };
        await bench.SourceAsync("insert into transactions (customer_id, transaction_date, amount) values (2, '2026-01-06', 2)");
        var pass = await bench.RunAsync(BatchBench.Full);

        Assert.Equal((1L, 1L, 0L), (pass.Totals.Loaded.Rows, pass.Totals.Known.Rows, pass.Totals.Quarantined.Rows));
        Assert.Equal(0, await bench.ReadAsync<long>("select count(*) from dw.dim_customer where customer_id = 2"));
        Assert.Equal(3m, await bench.ReadAsync<decimal>("select sum(amount) from dw.fact_transactions join dw.dim_customer using (customer_key) where is_erased"));
        Assert.Equal(["3"], await bench.ListAsync("select version::text from etl.pii_key where carried is not null"));
    }

    [Fact]
    public async Task Each_wrong_key_is_refused_with_what_to_do()
    {
        await using var bench = await CreateAsync(customers: 1);
        await RefusedAsync(New, "Privacy:PiiKey is not the key this warehouse was pseudonymised with (version 1): give the former key back. To rotate to a new key, set Privacy:FormerKey");
        await RefusedAsync(new() { PiiKey = NewSecret, FormerKey = NewSecret + "x" }, "Privacy:PiiKey is not the key");
        await RefusedAsync(new() { PiiKey = BatchBench.Secret, FormerKey = NewSecret }, "Privacy:FormerKey is given, but this warehouse has known one key only");
        Assert.Contains("There is nothing to rotate", (await Assert.ThrowsAsync<BatchException>(() => RotateAsync(bench))).Message);
        var late = await bench.CreatePassAsync();

        bench.Keys = Rotating;
        await bench.OpenKeysAsync();
        await RefusedAsync(Former, "Privacy:PiiKey is the key of version 1; this warehouse was rotated to version 2");
        await RefusedAsync(new() { PiiKey = NewSecret, FormerKey = NewSecret + "x" }, "Privacy:FormerKey is not the key of version 1");
        await RefusedAsync(new() { PiiKey = NewSecret + "x", FormerKey = NewSecret }, "The rotation to key version 2 is not finished");

        // A worker that has been running since before the rotation writes nothing under the former key.
        Assert.Contains("start it again with the new Privacy:PiiKey",
            (await Assert.ThrowsAsync<BatchException>(() => late.RunAsync(BatchBench.Full, Token))).Message);

        async Task RefusedAsync(PrivacyOptions options, string sentence)
        {
            bench.Keys = options;
            Assert.StartsWith(sentence, (await Assert.ThrowsAsync<InvalidOperationException>(bench.OpenKeysAsync)).Message);
            bench.Keys = Former;
        }
    }

    [Fact]
    public async Task A_customer_who_left_the_source_keeps_the_former_hash_and_comes_back_without_a_version()
    {
        await using var bench = await CreateAsync(customers: 2);
        await bench.SourceAsync("delete from customers where customer_id = 2");
        bench.Keys = Rotating;
        Assert.Equal(1, (await RotateAsync(bench)).Left);
        Assert.Equal(["1 2 t", "2 1 t"], await bench.ListAsync(Versions));

        bench.Keys = New;
        await bench.SourceAsync("insert into customers values (2, 'First', 'Last', 'other@example.org', '2020-01-01')");
        await bench.RunAsync();
        Assert.Equal(["1 2 t", "2 2 t"], await bench.ListAsync(Versions));
    }

    private async Task<BatchBench> CreateAsync(int customers)
    {
        var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync($"insert into customers select i, 'First' || i, 'Lastname' || i, 'mail' || i || '@example.org', '2020-01-01' from generate_series(1, {customers}) i");
        await bench.RunAsync();
        return bench;
    }

    private static async Task<RotationReport> RotateAsync(BatchBench bench, int batch = 100, Func<RotationReport, Task>? afterBatch = null) =>
        await new KeyRotation(bench.Source, bench.Warehouse.DataSource, await bench.OpenKeysAsync(), Wrap(bench.Options), TimeProvider.System)
            .RunAsync(batch, afterBatch ?? (_ => Task.CompletedTask), Token);

    private static Microsoft.Extensions.Options.IOptions<BatchOptions> Wrap(BatchOptions options) => Microsoft.Extensions.Options.Options.Create(options);
}
