using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Privacy;
using Fintech.Etl.Worker.Streaming;
using Fintech.Tests.Batch;
using Fintech.Tests.Streaming;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Privacy;

public sealed class ErasureTests(Servers servers)
{
    /// <summary>Long enough to be nothing else by chance.</summary>
    private const long Erased = 770_077_007;
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_of_the_person_is_left_in_the_warehouse_and_the_sums_stay()
    {
        await using var bench = await CreateAsync();
        var key = (await bench.OpenKeysAsync()).Current;
        var (before, minutes) = (await bench.FactsAsync(), await MinutesAsync(bench));
        string[] traces =
        [
            "Firstname", "Lovelace", "Byron", "ada@private.example", Erased.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Hex(key.HashLastName("Lovelace")), Hex(key.HashLastName("Byron")), Hex(key.HashEmail("ada@private.example")),
        ];
        Assert.All(traces.Except(["Lovelace", "Byron", "ada@private.example"]), trace => Assert.Contains(trace, DumpAsync(bench).Result, StringComparison.OrdinalIgnoreCase));
        using var spans = new SpanRecorder();

        var receipt = await EraseAsync(bench);

        var dump = await DumpAsync(bench);
        Assert.All(traces, trace => Assert.DoesNotContain(trace, dump + spans.Text, StringComparison.OrdinalIgnoreCase));
        Assert.Equal((2L, 3L, 1L), (receipt.Versions, receipt.FactsKept, receipt.AlertsKept));
        Assert.Equal((4L, 1L, 2L, 1L), (receipt.Documents, receipt.Samples, receipt.SealedRows, receipt.SealedRowsUnreadable));
        Assert.Equal(["erased", "erased", $"number {Erased}", "{\"customer_id\": 2}"], await UnsealedAsync(bench));
        Assert.Equal(await bench.ReadAsync<long>("select rejected_id from etl.rejected_row where record_key = '3-0'"), Assert.Single(receipt.SealedRowsToLookAt));
        Assert.Equal(before, await bench.FactsAsync());
        Assert.Equal(minutes, await MinutesAsync(bench));
        Assert.Equal(2, await bench.ReadAsync<long>("select count(*) from dw.dim_customer where is_erased and customer_id < 0 and coalesce(first_name, signup_date::text) is null"));
        Assert.Equal("Bob", await bench.ReadAsync<string>("select first_name from dw.dim_customer where customer_id = 2"));
        Assert.Equal(
            [$"tester erase-customer {receipt.Subject} 2"],
            await bench.ListAsync($"select concat_ws(' ', actor, action, subject, detail->'versions') from etl.audit where audit_id = {receipt.AuditId}"));
        Assert.Equal(["erase-customer succeeded"], await bench.ListAsync("select trigger || ' ' || status from etl.run where kind = 'command'"));
    }

    [Fact]
    public async Task The_next_passes_do_not_bring_the_person_back()
    {
        await using var bench = await CreateAsync();
        await EraseAsync(bench);
        var rejected = await bench.ReadAsync<long>("select count(*) from etl.rejected_row");
        var known = await bench.FactsAsync();

        await bench.SourceAsync($"""
            update customers set first_name = 'Firstname again' where customer_id = {Erased};
            insert into transactions (customer_id, transaction_date, amount, merchant_details) values ({Erased}, '2026-01-06', 8, 'Corner Cafe'), ({Erased}, '2026-01-06', -9, 'Corner Cafe')
            """);
        var pass = await bench.RunAsync();
        var full = await bench.RunAsync(BatchBench.Full);

        Assert.Equal((1L, 1L), (pass.Totals.Loaded.Rows, pass.Totals.Quarantined.Rows));
        Assert.Equal((0L, known.Rows + 1), (full.Totals.Loaded.Rows, full.Totals.Known.Rows));
        // Rows in quarantine before the erasure are recognised, too.
        Assert.Equal(rejected + 1, await bench.ReadAsync<long>("select count(*) from etl.rejected_row"));
        Assert.Equal(0, full.Checks.Single(result => result.Check.Name == "unknown_customer").Failures);
        var dump = await DumpAsync(bench);
        Assert.DoesNotContain(Erased.ToString(System.Globalization.CultureInfo.InvariantCulture), dump);
        Assert.DoesNotContain("Firstname", dump);
        Assert.Equal(4, await bench.ReadAsync<long>("select count(*) from dw.fact_transactions join dw.dim_customer using (customer_key) where is_erased"));
    }

    [Fact]
    public async Task A_second_time_it_is_erased_already()
    {
        await using var bench = await CreateAsync();
        var first = await EraseAsync(bench);
        var contents = await bench.ContentsAsync();

        var second = await EraseAsync(bench);

        Assert.Equal((first.Subject, false), (second.Subject, second.ChangedAnything));
        Assert.NotNull(second.ErasedBefore);
        Assert.Equal(contents, await bench.ContentsAsync());
        Assert.StartsWith("This customer was erased already, on 20", Assert.Single(EraseCommand.Lines(second, done: true)));
    }

    [Fact]
    public async Task What_people_wrote_about_the_person_is_masked_and_what_they_decided_stays()
    {
        await using var bench = await CreateAsync();
        await bench.WarehouseAsync($$$"""
            insert into dw.alert_disposition (transaction_id, source_system, status, comment, actor) select transaction_id, source_system, 'confirmed_fraud', 'Spoke to Ada Lovelace', 'mia' from dw.fact_fraud_alerts;
            insert into etl.rule_snooze (customer_id, until, reason, created_by) values ({{{Erased}}}, now() + interval '1 day', 'Lovelace travels', 'mia'), (2, now() + interval '1 day', 'Bob travels', 'mia');
            insert into etl.audit (actor, action, subject, detail) values ('mia', 'snooze', 'snooze 1', '{"rule": null, "reason": "Lovelace travels"}'), ('mia', 'snooze', 'snooze 2', '{"reason": "Bob travels"}');
            insert into etl.command (name, arguments, requested_by) values ('snooze', '{"customer_id": {{{Erased}}}, "reason": "Lovelace travels"}', 'mia'), ('snooze', '{"customer_id": 2, "reason": "Bob travels"}', 'mia');
            """);

        var receipt = await EraseAsync(bench);

        Assert.Equal(3, receipt.Texts);
        Assert.DoesNotContain("Lovelace", await DumpAsync(bench));
        Assert.Equal("confirmed_fraud *** mia", await bench.ReadAsync<string>("select concat_ws(' ', status, comment, actor) from dw.alert_disposition"));
        Assert.Equal(["***", "Bob travels"], await bench.ListAsync("select reason from etl.rule_snooze order by snooze_id"));
        Assert.Equal(["***", "Bob travels"], await bench.ListAsync("select arguments ->> 'reason' from etl.command order by command_id"));
        Assert.False((await EraseAsync(bench)).ChangedAnything);

        // What is written later, about somebody nobody knows, goes when it is asked for again.
        await bench.WarehouseAsync("update dw.alert_disposition set comment = 'Lovelace it was'");
        Assert.Equal((1L, true), ((await EraseAsync(bench)) is var again ? again.Texts : 0, again.ChangedAnything));
    }

    [Fact]
    public async Task A_negative_id_is_erased_and_a_number_that_stands_for_somebody_is_refused()
    {
        await using var bench = await CreateAsync();
        await bench.SourceAsync("insert into customers values (-7, 'Firstname', 'Lovelace', null, null)");
        await bench.RunAsync();
        Assert.True(EraseCommand.TryParse(["-7", "--yes"], out var id, out var yes) && yes);

        Assert.Equal(1, (await (await ErasureOf(bench)).RunAsync(id, rehearse: false, "tester", Token)).Versions);

        var alias = await bench.ReadAsync<long>("select alias from etl.erased_subject");
        var refused = await Assert.ThrowsAsync<BatchException>(async () => await (await ErasureOf(bench)).RunAsync(alias, rehearse: false, "tester", Token));
        Assert.Equal($"{alias} is no customer of the source: it is the number that stands for somebody who was erased.", refused.Message);
    }

    [Fact]
    public void A_number_gives_way_to_a_number_and_text_to_text()
    {
        var document = System.Text.Json.Nodes.JsonNode.Parse(
            """{"customer_id": 7, "set": {"customer_id": "7", "amount": "7"}, "old": [{"customer_id": {"old": 7, "new": [8, 7]}}], "id": 7}""");
        Assert.True(PersonalJson.Replace(document, id => id == 7 ? -1 : id));
        Assert.Equal("""{"customer_id":-1,"set":{"customer_id":"-1","amount":"7"},"old":[{"customer_id":{"old":-1,"new":[8,-1]}}],"id":7}""", document!.ToJsonString());
    }

    [Fact]
    public async Task A_rehearsal_counts_and_changes_nothing()
    {
        await using var bench = await CreateAsync();
        var contents = await bench.ContentsAsync();
        var receipt = await (await ErasureOf(bench)).RunAsync(Erased, rehearse: true, "tester", Token);
        Assert.Equal((2L, 3L), (receipt.Versions, receipt.FactsKept));
        Assert.Equal(contents, await bench.ContentsAsync());
    }

    [Fact]
    public async Task Somebody_the_warehouse_has_never_seen_is_kept_out_from_the_start()
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        await bench.RunAsync();
        Assert.Equal(0, (await EraseAsync(bench)).Versions);
        await bench.SourceAsync($"""
            insert into customers values ({Erased}, 'Firstname', 'Lovelace', 'ada@private.example', '2020-01-01');
            insert into transactions (customer_id, transaction_date, amount) values ({Erased}, '2026-01-05', 1)
            """);
        await bench.RunAsync();
        Assert.Equal(1, await bench.ReadAsync<long>("select count(*) from dw.fact_transactions join dw.dim_customer using (customer_key) where is_erased"));
        Assert.DoesNotContain("Firstname", await DumpAsync(bench));
    }

    [Fact]
    public async Task A_stream_does_not_bring_the_person_back_not_even_with_a_batch_that_is_under_way()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await using var processor = bench.Processor();
        await bench.SendAsync(Workbench.Event("t-1", 4_000m, customer: Erased));
        await Workbench.DrainAsync(processor);
        Assert.Equal(1, await bench.ScalarAsync<long>($"select count(*) from dw.dim_customer where customer_id = {Erased}"));

        // The processor goes on with what it remembers: the member, and that nobody was erased.
        var receipt = await new Erasure(bench.Warehouse.DataSource, bench.Keys, Workbench.Wrap(new BatchOptions())).RunAsync(Erased, rehearse: false, "tester", Token);
        await bench.SendAsync(Workbench.Event("t-2", 5m, customer: Erased));
        await bench.SendAsync(Workbench.Event("t-3", 6m, customer: 42));
        await bench.SendAsync(Workbench.Event("t-1", 7m, customer: Erased));
        await bench.SendAsync(Workbench.Event("t-4", -8m, customer: Erased));
        await Workbench.DrainAsync(processor);

        Assert.Equal((1L, 1L), (receipt.FactsKept, receipt.AlertsKept));
        Assert.Equal(2, await bench.ScalarAsync<long>("select count(*) from dw.fact_transactions join dw.dim_customer using (customer_key) where is_erased"));
        Assert.Equal(2, await bench.ScalarAsync<long>("select count(*) from etl.rejected_row where (payload->>'customer_id')::bigint < 0"));
        Assert.DoesNotContain(Erased.ToString(System.Globalization.CultureInfo.InvariantCulture), await DumpAsync(bench.Warehouse.DataSource));
        Assert.DoesNotContain((await bench.FeedAsync())[^1].Sample, row => row.CustomerId == Erased);
        await bench.AssertConsistentAsync();
    }

    [Fact]
    public async Task A_batch_that_was_read_before_an_erasure_does_not_commit_after_it()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await using var connection = await bench.Warehouse.DataSource.OpenConnectionAsync(Token);
        var checkpoint = await Checkpoint.OpenAsync(bench.Warehouse.DataSource, "transactions:0", 0, Token);
        await bench.SendAsync(Workbench.Event("t-1", customer: Erased));
        var reader = new EventReader(bench.Keys.Current, Workbench.Wrap(bench.Options), TimeProvider.System);
        var generation = reader.ErasedGeneration;
        var batch = MicroBatch.Read(await bench.Redis.StreamReadAsync("transactions:0", "0-0"), reader, new());
        await bench.SendAsync(Workbench.Event("t-2", -1m, customer: Erased), partition: 1);
        var onlyRejected = MicroBatch.Read(await bench.Redis.StreamReadAsync("transactions:1", "0-0"), reader, new());

        await new Erasure(bench.Warehouse.DataSource, bench.Keys, Workbench.Wrap(new BatchOptions())).RunAsync(Erased, rehearse: false, "tester", Token);
        Assert.Null(await new CurrentMembers(connection).FindAsync(batch.Firsts.Values, generation, Token));
        await using var transaction = await BatchTransaction.BeginAsync(connection, 0, bench.Session.RunId, Token);

        await Assert.ThrowsAsync<FencedException>(() => transaction.FenceAsync(checkpoint, onlyRejected, generation, Token));
        Assert.Equal(0, await bench.ScalarAsync<long>($"select count(*) from dw.dim_customer where customer_id = {Erased}"));
        Assert.True(await reader.RefreshErasedAsync(bench.Warehouse.DataSource, Token));
        Assert.False(await reader.RefreshErasedAsync(bench.Warehouse.DataSource, Token));
    }

    [Fact]
    public async Task An_erasure_waits_for_no_pass()
    {
        await using var bench = await CreateAsync();
        await using var connection = await bench.Warehouse.DataSource.OpenConnectionAsync(Token);
        await using var held = await PassLock.AcquireAsync(connection, Token);
        await Assert.ThrowsAsync<BatchBusyException>(() => EraseAsync(bench));
    }

    [Theory]
    [InlineData("""{"customer_id": 770077007, "amount": "x"}""", "Yes")]
    [InlineData("""{"customerId": "770077007" """, "Yes")]
    [InlineData("customer=770077007\n", "Yes")]
    [InlineData("""{"mail": "Ada@Private.example"}""", "Yes")]
    [InlineData("""{"customer_id": 42, "transaction_id": 770077007}""", "No")]
    [InlineData("payload 770077007", "Perhaps")]
    [InlineData("payload 17700770071", "No")]
    [InlineData("""{"customer_id": 7700770071}""", "No")]
    public async Task Sealed_content_is_searched_as_far_as_it_can_be_understood(string content, string mention)
    {
        await using var bench = await BatchBench.CreateAsync(servers);
        var keys = await bench.OpenKeysAsync();
        var emails = new HashSet<string> { Convert.ToHexString(keys.Current.HashEmail("ada@private.example")!) };
        Assert.Equal(mention, new SealedSearch(Erased, emails, keys).Look(Encoding.UTF8.GetBytes(content)).ToString());
    }

    /// <summary>A customer with two versions, facts, an alert, rows in quarantine, readable and sealed, a correction in the audit, and a finding's sample.</summary>
    private async Task<BatchBench> CreateAsync()
    {
        var bench = await BatchBench.CreateAsync(servers);
        await bench.SourceAsync($"""
            insert into customers values ({Erased}, 'Firstname', 'Byron', 'ada@private.example', '1999-07-07'), (2, 'Bob', 'Builder', 'bob@example.org', '2020-01-01'), (3, null, null, null, null);
            insert into transactions (customer_id, transaction_date, amount, merchant_details) values
                ({Erased}, '2026-01-05', 1, 'Corner Cafe'), ({Erased}, '2026-01-05 12:00', 2, 'Corner Cafe'), ({Erased}, '2026-01-05 13:00', 4, null),
                (2, '2026-01-05', 16, 'Corner Cafe'), ({Erased}, '2026-01-05', -32, 'Corner Cafe')
            """);
        await bench.RunAsync();
        await bench.SourceAsync($"update customers set last_name = 'Lovelace' where customer_id = {Erased}; update customers set email = null where customer_id = {Erased}");
        await bench.RunAsync();
        var keys = await bench.OpenKeysAsync();
        await bench.WarehouseAsync($$$"""
            insert into dw.fact_fraud_alerts (transaction_id, source_system, customer_key, merchant_key, date_key, amount, currency, severity, score, rule_set_version, hits,
                                              occurred_at, received_at, scored_at, committed_at, load_id)
            select transaction_id, source_system, customer_key, merchant_key, date_key, amount, currency, 'high', 65, 1, '[]', occurred_at, now(), now(), now(), load_id
            from dw.fact_transactions where amount = 2;
            insert into etl.audit (actor, action, subject, detail) values ('me', 'rejected fix', 'rejected row 7', '{"customer_id": {"old": {{{Erased}}}, "new": 3}}');
            insert into etl.webhook_delivery (target, transaction_id, source_system, event_key, payload)
            values ('cases', '2', 'ledger', 'alert_1', '{"type": "alert.raised", "data": {"customer_id": {{{Erased}}}, "amount": 2.00}}');
            insert into etl.audit (actor, action, subject, detail) values ('me', 'repair', '7', '{"old": [{"customer_id": {{{Erased}}}, "amount": 1.00}], "new": {"customer_id": "{{{Erased}}}"}}');
            """);
        foreach (var (record, content) in new[]
        {
            ("1-0", $$"""{"customer_id": {{Erased}}, "amount": "much"}"""),
            ("2-0", """mail from ada@private.example"""),
            ("3-0", $"number {Erased}"),
            ("4-0", """{"customer_id": 2}"""),
        })
        {
            await SealAsync(record, keys.Current.Seal(Encoding.UTF8.GetBytes(content)));
        }

        await SealAsync("5-0", new PiiKey("a key that nobody has any more, and nobody will", 1).Seal("?"u8));
        return bench;

        async Task SealAsync(string record, byte[] content) => await bench.WarehouseAsync($"""
            insert into etl.rejected_row (run_id, origin, source_system, record_key, check_name, reason, sealed, content_hash)
            values (1, 'transactions:0', 'ledger', '{record}', 'malformed', 'broken', '\x{Hex(content)}', '\x00')
            """);
    }

    private static async Task<Erasure> ErasureOf(BatchBench bench) =>
        new(bench.Warehouse.DataSource, await bench.OpenKeysAsync(), Microsoft.Extensions.Options.Options.Create(bench.Options));

    private static async Task<ErasureReceipt> EraseAsync(BatchBench bench) =>
        await (await ErasureOf(bench)).RunAsync(Erased, rehearse: false, "tester", Token);

    private static Task<List<string>> MinutesAsync(BatchBench bench) => bench.ListAsync("select t::text from dw.agg_minute_total t order by 1");

    private static async Task<List<string>> UnsealedAsync(BatchBench bench)
    {
        var keys = await bench.OpenKeysAsync();
        await using var connection = await bench.Warehouse.DataSource.OpenConnectionAsync(Token);
        var rows = await SealedRow.ReadAsync(connection, 0, 100, exceptVersion: 0, Token);
        return [.. rows.Select(row => row.TryUnseal(keys)).OfType<byte[]>().Select(Encoding.UTF8.GetString)];
    }

    private static string Hex(byte[]? bytes) => Convert.ToHexString(bytes!);

    private static Task<string> DumpAsync(BatchBench bench) => DumpAsync(bench.Warehouse.DataSource);

    /// <summary>Every row of every table, bytes in hexadecimal, as a dump has them. What is sealed stays so.</summary>
    private static async Task<string> DumpAsync(NpgsqlDataSource warehouse)
    {
        var dump = new StringBuilder();
        await using var tables = warehouse.CreateCommand("""
            select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname in ('dw', 'etl') and c.relkind = 'r' and c.relname <> 'dim_date'
            """);
        var names = new List<string>();
        await using (var reader = await tables.ExecuteReaderAsync(Token))
        {
            while (await reader.ReadAsync(Token))
                names.Add(reader.GetString(0));
        }

        foreach (var name in names)
        {
            await using var rows = warehouse.CreateCommand($"select t::text from {name} t");
            await using var reader = await rows.ExecuteReaderAsync(Token);
            while (await reader.ReadAsync(Token))
                dump.AppendLine(reader.GetString(0));
        }

        return dump.ToString();
    }

    /// <summary>Names, tags and events of every span while it lives.</summary>
    private sealed class SpanRecorder : IDisposable
    {
        private readonly ConcurrentQueue<string> spans = new();
        private readonly ActivityListener listener;

        public SpanRecorder()
        {
            listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name.StartsWith("Fintech", StringComparison.Ordinal) || source.Name == "Npgsql",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = span => spans.Enqueue($"{span.DisplayName} {string.Join(' ', span.TagObjects)} {span.StatusDescription} {string.Join(' ', span.Events.SelectMany(e => e.Tags))}"),
            };
            ActivitySource.AddActivityListener(listener);
        }

        public string Text => string.Join('\n', spans);

        public void Dispose() => listener.Dispose();
    }
}
