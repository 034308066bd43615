using Fintech.Contracts;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Quarantine;
using Fintech.Tests.Batch;
using Xunit;

namespace Fintech.Tests.Quarantine;

/// <summary>Rejected rows find their way back into the facts, through the same checks and books as any row.</summary>
public sealed class ReplayTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_fixed_row_becomes_a_fact_and_one_that_fails_again_stays_open()
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        await bench.FixAsync("5", "amount=12.50", "merchant_name=Green Grocer");
        await bench.FixAsync("6", "amount=0");

        var report = Assert.Single(await bench.ReplayAsync());

        Assert.Equal((new Tally(5, 12.50m + 0 + 8 + 9), new Tally(1, 12.50m), new Tally(4, 17m), new Tally()),
            (report.Totals.Read, report.Totals.Loaded, report.Totals.Quarantined, report.Totals.Known));
        Assert.Equal(report.Totals.SourceSaid, report.Totals.Read);
        await bench.AssertFactsAsync(new Tally(5, 22.50m));
        Assert.Equal(
            ["5 amount_not_positive replayed", "6 amount_not_positive open", "7 amount_missing open", "8 date_in_the_future open", "9 date_missing open"],
            await bench.StatesAsync());
        Assert.Equal($"Green Grocer {report.RunId}", await bench.Batch.ReadAsync<string>(
            "select merchant_name || ' ' || load_id from dw.fact_transactions join dw.dim_merchant using (merchant_key) where transaction_id = '5'"));
        Assert.Equal($"batch replay succeeded replay {report.RunId}", await bench.Batch.ReadAsync<string>(
            $"select concat_ws(' ', kind, trigger, status, settings ->> 'mode', (select replay_run_id from etl.rejected_row where record_key = '5')) from etl.run where run_id = {report.RunId}"));
        Assert.Equal("""{"replayed": [1], "rejected_again": [2, 3, 4, 5]}""",
            await bench.Batch.ReadAsync<string>("select detail::text from etl.audit where action = 'rejected replay' and actor = 'command: tester'"));
    }

    [Fact]
    public async Task A_new_reason_takes_the_place_of_the_old_one()
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        await bench.FixAsync("9", "occurred_at=1999-12-31");

        await bench.ReplayAsync(new RejectedFilter(Check: "date_missing"));

        Assert.Contains("9 date_before_2000 open", await bench.StatesAsync());
        Assert.Equal("The transaction date is before 2000.", (await bench.Book.GetAsync(await bench.IdAsync("9"), Token)).Reason);
    }

    [Fact]
    public async Task A_full_pass_after_a_replay_knows_what_was_replayed()
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        await bench.FixAsync("5", "amount=12.50");
        await bench.FixAsync("8", "occurred_at=2026-01-05T18:30+02:00");
        await bench.FixAsync("9", "occurred_at=2026-01-05", "customer_id=1");
        await bench.ReplayAsync();
        await bench.AssertFactsAsync(new Tally(7, 39.50m));
        var before = await bench.Batch.ContentsAsync();

        var full = await bench.Batch.RunAsync(BatchBench.Full);

        // Known counts what the source says; what the facts say was decided here.
        Assert.Equal((new Tally(9, 21m), new Tally(), new Tally(2, -6m), new Tally(7, 27m)),
            (full.Totals.Read, full.Totals.Loaded, full.Totals.Quarantined, full.Totals.Known));
        Assert.Equal(before, await bench.Batch.ContentsAsync());
    }

    [Fact]
    public async Task A_row_that_passes_by_now_is_known_to_later_passes_also_unfixed()
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        bench.Batch.Time.Ahead = new DateTimeOffset(2040, 1, 1, 0, 0, 0, TimeSpan.Zero) - DateTimeOffset.UtcNow;

        Assert.Equal(new Tally(1, 8m), Assert.Single(await bench.ReplayAsync()).Totals.Loaded);
        Assert.Equal(new Tally(5, 18m), (await bench.Batch.RunAsync(BatchBench.Full)).Totals.Known);
        Assert.Empty(await bench.ReplayAsync(new RejectedFilter(Check: "date_in_the_future")));
    }

    [Fact]
    public async Task A_source_that_is_corrected_in_another_way_than_the_replay_is_a_conflict()
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        await bench.FixAsync("5", "amount=12.50");
        await bench.FixAsync("6", "amount=6");
        await bench.ReplayAsync();
        await bench.Batch.SourceAsync("update transactions set amount = 13 where transaction_id = 5; update transactions set amount = 6 where transaction_id = 6");

        var full = await bench.Batch.RunAsync(BatchBench.Full);

        Assert.Equal(new Tally(5, 16m), full.Totals.Known);
        Assert.Contains("5 conflict open", await bench.StatesAsync());
        Assert.Equal("conflict", Assert.Single((await bench.PlanAsync(new RejectedFilter(Check: "conflict"))).Refused).Key);
    }

    [Fact]
    public async Task A_row_that_the_source_puts_right_is_closed_by_the_pass_that_loads_it()
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        await bench.FixAsync("6", "amount=66");     // A correction that nobody replayed in time.
        await bench.Batch.SourceAsync("update transactions set amount = 5.55 where transaction_id = 5; update transactions set amount = 6.66 where transaction_id = 6");
        bench.Batch.Time.Ahead = new DateTimeOffset(2040, 1, 1, 0, 0, 0, TimeSpan.Zero) - DateTimeOffset.UtcNow;   // And the date of 8 has come.

        var report = await bench.Batch.RunAsync(BatchBench.Full);

        Assert.Equal(
            ["5 amount_not_positive discarded", "6 amount_not_positive discarded", "7 amount_missing open", "8 date_in_the_future replayed", "9 date_missing open"],
            await bench.StatesAsync());
        Assert.Equal(
            [$$"""test run {{report.RunId}} {"replayed": [4], "discarded": [1, 2]}"""],
            await bench.Batch.ListAsync("select concat_ws(' ', actor, subject, detail) from etl.audit where action = 'rejected settle'"));
        await bench.Batch.RunAsync(BatchBench.Full);
        Assert.Equal(1, await bench.Batch.ReadAsync<long>("select count(*) from etl.audit where action = 'rejected settle'"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(int.MaxValue)]
    public async Task What_a_first_load_makes_facts_of_waits_no_longer_whichever_way_it_takes(int directLoadRows)
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        await bench.Batch.WarehouseAsync("delete from dw.fact_transactions; delete from dw.agg_minute_category; delete from dw.agg_minute_total; delete from etl.watermark; delete from etl.watermark_gap");
        await bench.Batch.SourceAsync("update transactions set amount = 5.55 where transaction_id = 5");
        bench.Batch.Options = new BatchOptions { DirectLoadRows = directLoadRows };

        await bench.Batch.RunAsync();

        Assert.Equal(["5 amount_not_positive discarded", "6 amount_not_positive open"], (await bench.StatesAsync())[..2]);
    }

    [Fact]
    public async Task A_row_the_source_has_brought_meanwhile_is_known_where_equal_and_a_conflict_where_not()
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        await bench.Batch.SourceAsync("update transactions set amount = 5.55 where transaction_id = 5; update transactions set amount = 6.66 where transaction_id = 6");
        await bench.Batch.RunAsync(BatchBench.Full);
        await bench.Batch.WarehouseAsync("update etl.rejected_row set status = 'open', replay_run_id = null, decided_at = null");   // As where a stream has brought it, which closes nothing.
        await bench.FixAsync("5", "amount=5.55");
        await bench.FixAsync("6", "amount=6");

        var report = Assert.Single(await bench.ReplayAsync(new RejectedFilter(Check: "amount_not_positive")));

        Assert.Equal((new Tally(1, 5.55m), new Tally(1, 6m)), (report.Totals.Known, report.Totals.Quarantined));
        Assert.Equal(["5 amount_not_positive replayed", "6 conflict open"], (await bench.StatesAsync())[..2]);
        await bench.AssertFactsAsync(new Tally(6, 22.21m));

        // Fixed to what is known, a conflict is settled.
        await bench.FixAsync("6", "amount=6.66");
        Assert.Equal(new Tally(1, 6.66m), Assert.Single(await bench.ReplayAsync(new RejectedFilter(Check: "conflict"))).Totals.Known);
    }

    [Fact]
    public async Task Events_of_streams_are_replayed_into_their_own_ledger_currency_and_member()
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        var message = new TransactionEvent
        {
            TransactionId = "t-1", CustomerId = 77, Amount = 10.001m, MerchantName = "Far Away",
            Timestamp = new DateTimeOffset(2026, 1, 5, 12, 0, 0, TimeSpan.Zero),
        };
        await bench.RejectEventAsync(message, "amount");
        await bench.RejectEventAsync(message with { TransactionId = "t-2", Amount = 0, Currency = "EUR", Source = "other" }, "amount");
        await bench.FixAsync("t-2", "amount=20", "timestamp=2026-01-06T00:00:00Z");

        var reports = await bench.ReplayAsync(new RejectedFilter(Origin: "transactions:3"));

        Assert.Equal([new Tally(1, 20m), new Tally()], reports.Select(report => report.Totals.Loaded));
        Assert.Equal("20.00 EUR other Far Away 77", await bench.Batch.ReadAsync<string>(
            "select concat_ws(' ', amount, currency, source_system, merchant_name, customer_id) from dw.fact_transactions join dw.dim_merchant using (merchant_key) join dw.dim_customer using (customer_key) where transaction_id = 't-2'"));
        Assert.Equal(["t-1 amount open", "t-2 amount replayed"], (await bench.StatesAsync())[^2..]);
        Assert.Equal("The field amount has more than two decimals.", (await bench.Book.GetAsync(await bench.IdAsync("t-1"), Token)).Reason);
        Assert.Equal(7, await bench.Batch.ReadAsync<long>("select count(*) from etl.rejected_row"));
        await bench.AssertFactsAsync(new Tally(5, 30m));
    }

    [Fact]
    public async Task A_negative_amount_that_was_a_refund_is_replayed_as_one()
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        await bench.FixAsync("6", "type=refund");

        Assert.Equal(new Tally(1, -6m), Assert.Single(await bench.ReplayAsync(new RejectedFilter(Check: "amount_not_positive", Ids: [await bench.IdAsync("6")]))).Totals.Loaded);

        Assert.Equal("refund", await bench.Batch.ReadAsync<string>("select type from dw.fact_transactions where transaction_id = '6'"));
        Assert.Equal(new Tally(5, 4m), (await bench.Batch.RunAsync(BatchBench.Full)).Totals.Known);
    }

    [Fact]
    public async Task Several_rejections_of_one_transaction_take_turns_and_the_first_becomes_the_fact()
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        await bench.Batch.SourceAsync("update transactions set amount = -5 where transaction_id = 5");
        await bench.Batch.RunAsync(BatchBench.Full);
        await bench.Batch.WarehouseAsync("update etl.rejected_row set fixed_payload = jsonb_set(payload, '{amount}', '5.00'), fixed_at = now() where record_key = '5'");

        var reports = await bench.ReplayAsync(new RejectedFilter(Check: "amount_not_positive"));

        Assert.Equal([(1, 0), (0, 1)], reports.Select(report => ((int)report.Totals.Loaded.Rows, (int)report.Totals.Known.Rows)));
        await bench.AssertFactsAsync(new Tally(5, 15m));
    }

    [Fact]
    public async Task A_replay_of_what_is_replayed_is_empty()
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        await bench.FixAsync("5", "amount=12.50");
        var replay = await bench.CreateReplayAsync();
        var plan = await replay.PlanAsync(new RejectedFilter(Ids: [await bench.IdAsync("5")]), Token);
        await replay.RunAsync(plan.Batches[0], QuarantineBench.Actor, new PassReport(), Token);

        // Of two replays that were planned at once, the second finds nothing left to take.
        Assert.Equal(new Tally(), (await replay.RunAsync(plan.Batches[0], QuarantineBench.Actor, new PassReport(), Token)).Totals.Read);
        Assert.Empty((await replay.PlanAsync(new RejectedFilter(Ids: [await bench.IdAsync("5")]), Token)).Batches);
        await bench.AssertFactsAsync(new Tally(5, 22.50m));
    }
}
