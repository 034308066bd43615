using System.Text;
using System.Text.Json.Nodes;
using Fintech.Etl.Worker.Quarantine;
using Fintech.Tests.Batch;
using MongoDB.Bson;
using Xunit;

namespace Fintech.Tests.Quarantine;

/// <summary>Rejected rows are looked at, corrected and decided on; whatever changes is audited.</summary>
public sealed class QuarantineBookTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("status", "5 6 7 8 9")]
    [InlineData("check", "5 6")]
    [InlineData("reason", "8 9")]
    [InlineData("origin", "")]
    public async Task A_list_holds_what_its_filter_lets_pass(string filter, string keys)
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        var (rows, left) = await bench.Book.ListAsync(filter switch
        {
            "check" => new RejectedFilter(Check: "amount_not_positive"),
            "reason" => new RejectedFilter(Reason: "the TRANSACTION date"),
            "origin" => new RejectedFilter(Origin: "merchants"),
            _ => new RejectedFilter(Status: "open"),
        }, 50, Token);
        Assert.Equal((keys, 0), (string.Join(' ', rows.Select(row => row.RecordKey)), left));
        Assert.Equal(filter == "status" ? (2, 3) : (0, 0), filter == "status" ? await CountsAsync() : (0, 0));

        async Task<(int, long)> CountsAsync()
        {
            var (few, more) = await bench.Book.ListAsync(new RejectedFilter(Status: "open"), 2, Token);
            return (few.Count, more);
        }
    }

    [Fact]
    public async Task A_fix_keeps_what_came_and_says_old_and_new_in_the_audit()
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        await bench.FixAsync("5", "amount=12.50");
        await bench.FixAsync("5", "amount=13", "occurred_at=2026-01-05T18:30:00.25+02:00");

        var row = await bench.Book.GetAsync(await bench.IdAsync("5"), Token);

        Assert.Equal("0.00", JsonNode.Parse(row.Payload!)!["amount"]!.ToJsonString());
        Assert.Equal("13", JsonNode.Parse(row.FixedPayload!)!["amount"]!.ToJsonString());
        Assert.Equal(
            ["""command: tester rejected row 1 {"amount": {"new": 12.50, "old": 0.00}}""",
             """command: tester rejected row 1 {"amount": {"new": 13, "old": 12.50}, "occurred_at": {"new": "2026-01-05T16:30:00.25+00:00", "old": "2026-01-05T10:04:00+00:00"}}"""],
            await bench.Batch.ListAsync("select concat_ws(' ', actor, subject, detail) from etl.audit where action = 'rejected fix' order by audit_id"));
    }

    [Theory]
    [InlineData("amount=1.234", "'1.234' is no amount: a number with at most two decimals, such as 12.50 is expected.")]
    [InlineData("amount=1,23", "'1,23' is no amount")]
    [InlineData("amount=9999999999999", "'9999999999999' is no amount")]
    [InlineData("occurred_at=05.01.2026", "'05.01.2026' is no occurred_at: a moment such as 2026-01-31T18:30:00Z")]
    [InlineData("customer_id=x", "'x' is no customer_id: a whole number is expected.")]
    [InlineData("currency=usd", "'usd' is no currency")]
    [InlineData("merchant_name= ", "' ' is no merchant_name")]
    [InlineData("timestamp=2026-01-01", "Row 1 has no field 'timestamp' that can be set; it has: amount, occurred_at, merchant_name, customer_id, currency")]
    [InlineData("transaction_id=4", "Row 1 has no field 'transaction_id' that can be set")]
    [InlineData("amount", "'amount' is no assignment: field=value is expected, such as amount=12.50.")]
    public async Task A_value_that_does_not_fit_is_named_and_changes_nothing(string assignment, string sentence)
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        var before = await bench.Batch.ContentsAsync();
        var failure = await Assert.ThrowsAsync<QuarantineException>(() => bench.FixAsync("5", "amount=1", assignment));
        Assert.StartsWith(sentence, failure.Message);
        Assert.Equal(before, await bench.Batch.ContentsAsync());
    }

    [Fact]
    public async Task A_customer_who_was_erased_does_not_come_back_by_a_correction()
    {
        const long erased = 770_077_007;
        await using var bench = await QuarantineBench.CreateAsync(servers);
        await bench.EraseAsync(erased);
        await bench.RejectEventAsync(new() { TransactionId = "t-1", CustomerId = 1, Amount = 0, MerchantName = "Corner Cafe", Timestamp = DateTimeOffset.UnixEpoch }, "amount");

        await bench.FixAsync("5", "amount=12.50", $"customer_id={erased}");
        await bench.Book.FixAsync(
            await bench.IdAsync("t-1"), [], $$"""{"transaction_id":"t-1","customer_id":{{erased}},"amount":12,"merchant_name":"Corner Cafe","timestamp":1767225600}""", QuarantineBench.Actor, Token);
        await bench.ReplayAsync();

        Assert.DoesNotContain($"{erased}", await bench.Batch.ContentsAsync());
        Assert.Equal(2, await bench.Batch.ReadAsync<long>("select count(*) from dw.fact_transactions join dw.dim_customer using (customer_key) where is_erased"));
        Assert.Equal(1, await bench.Batch.ReadAsync<long>("select count(*) from etl.audit join etl.erased_subject on detail -> 'customer_id' -> 'new' = to_jsonb(alias)"));
    }

    [Fact]
    public async Task Rows_are_discarded_with_a_reason_all_of_them_or_none()
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        await bench.Book.DiscardAsync([1, 2], "test purchases", QuarantineBench.Actor, Token);
        var before = await bench.Batch.ContentsAsync();

        Assert.Equal("There is no rejected row 99.",
            (await Assert.ThrowsAsync<QuarantineException>(() => bench.Book.DiscardAsync([3, 99], "x", QuarantineBench.Actor, Token))).Message);
        Assert.Equal("Row 1 is discarded already.",
            (await Assert.ThrowsAsync<QuarantineException>(() => bench.Book.DiscardAsync([3, 1], "x", QuarantineBench.Actor, Token))).Message);
        Assert.Equal("Row 2 is discarded already.", (await Assert.ThrowsAsync<QuarantineException>(() => bench.FixAsync("6", "amount=1"))).Message);

        Assert.Equal(before, await bench.Batch.ContentsAsync());
        Assert.Equal(["""rejected row 1 {"because": "test purchases"}""", """rejected row 2 {"because": "test purchases"}"""],
            await bench.Batch.ListAsync("select subject || ' ' || detail from etl.audit where action = 'rejected discard' order by audit_id"));
        Assert.DoesNotContain((await bench.PlanAsync()).Batches, batch => batch.Ids.Contains(1));

        // Met again, a discarded row stays what it is: quarantined, and decided on.
        Assert.Equal(5, (await bench.Batch.RunAsync(BatchBench.Full)).Totals.Quarantined.Rows);
        Assert.Equal(2, await bench.Batch.ReadAsync<long>("select count(*) from etl.rejected_row where status = 'discarded'"));
    }

    [Fact]
    public async Task What_is_sealed_is_unsealed_only_on_the_record_and_a_merchant_is_corrected_at_its_home()
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        bench.Batch.Merchants.Add(new BsonDocument { ["_id"] = 7, ["merchant_name"] = new BsonArray { "secret" }, ["category"] = "Books" });
        await bench.Batch.RunAsync();
        var id = await bench.IdAsync("7");

        var row = await bench.Book.GetAsync(id, Token);
        Assert.Equal((null, true), (row.Payload, row.SealedBytes > 0));
        Assert.Equal(0, await bench.Batch.ReadAsync<long>("select count(*) from etl.audit"));
        var plain = await bench.Book.UnsealAsync(id, QuarantineBench.Actor, Token);
        var page = new StringWriter();
        RejectedPage.Show(page, row, plain);
        Assert.Contains("secret", page.ToString());
        Assert.Equal($"rejected unseal rejected row {id} {{}}", await bench.Batch.ReadAsync<string>("select concat_ws(' ', action, subject, detail) from etl.audit"));

        Assert.Contains("correct it there", (await Assert.ThrowsAsync<QuarantineException>(() => bench.FixAsync("7", "amount=1"))).Message);
        Assert.Equal([id], (await bench.PlanAsync(new RejectedFilter(Origin: "merchants"))).Refused["merchant"]);
        Assert.Equal("Row 1 has nothing sealed.", (await Assert.ThrowsAsync<QuarantineException>(() => bench.Book.UnsealAsync(1, QuarantineBench.Actor, Token))).Message);
    }

    [Fact]
    public async Task An_event_that_could_not_be_read_is_given_anew_and_replayed()
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        var sealedBytes = bench.Batch.Key.Seal("""{"transaction_id":"t-9","amount":"twelve"}"""u8);
        await bench.Batch.WarehouseAsync($"""
            insert into etl.rejected_row (run_id, origin, source_system, record_key, check_name, reason, sealed, content_hash)
            values (1, 'transactions:0', 'stream', '1-0', 'malformed', 'The field amount has a wrong type or value.', '\x{Convert.ToHexString(sealedBytes)}', '\x00')
            """);
        var id = await bench.IdAsync("1-0");
        Assert.Equal([id], (await bench.PlanAsync(new RejectedFilter(Check: "malformed"))).Refused["sealed"]);
        await FailsAsync(null, "give the whole event with --event");
        await FailsAsync("{\"transaction_id\":\"t-9\"}", "The event cannot be read: a JSON object with transaction_id, customer_id, amount, merchant_name and timestamp is expected.");
        await FailsAsync("{\"transaction_id\":\"t-9\",\"customer_id\":1,\"amount\":\"x\",\"merchant_name\":\"Corner Cafe\",\"timestamp\":1767225600}", "The event cannot be read at amount");
        await FailsAsync("{\"transaction_id\":\"\",\"customer_id\":1,\"amount\":12,\"merchant_name\":\"Corner Cafe\",\"timestamp\":1767225600}", "its field transaction_id is empty");

        await bench.Book.FixAsync(id, [], """{"transaction_id":"t-9","customer_id":1,"amount":12,"merchant_name":"Corner Cafe","timestamp":1767225600,"email":"ada@example.com"}""", QuarantineBench.Actor, Token);
        await bench.ReplayAsync(new RejectedFilter(Check: "malformed"));

        await bench.AssertFactsAsync(new Fintech.Etl.Worker.Batch.Tally(5, 22m));
        Assert.Equal("stream 12.00", await bench.Batch.ReadAsync<string>("select source_system || ' ' || amount from dw.fact_transactions where transaction_id = 't-9'"));
        Assert.DoesNotContain("ada@", await bench.Batch.ContentsAsync());

        async Task FailsAsync(string? json, string sentence) =>
            Assert.Contains(sentence, (await Assert.ThrowsAsync<QuarantineException>(() => bench.Book.FixAsync(id, ["amount=1"], json, QuarantineBench.Actor, Token))).Message);
    }

    [Fact]
    public async Task What_somebody_sent_does_not_speak_to_the_terminal()
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        var page = new StringWriter();
        RejectedPage.Show(page, await bench.Book.GetAsync(1, Token) with { SealedBytes = 9 }, Encoding.UTF8.GetBytes("\u001b[2Jgone\n"));
        Assert.Contains(@"Sealed     \u001b[2Jgone\u000a", page.ToString());
        Assert.DoesNotContain('\u001b', page.ToString());
    }
}
