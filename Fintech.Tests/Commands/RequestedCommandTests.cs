using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Commands;
using Xunit;
using Tally = Fintech.Etl.Worker.Batch.Tally;

namespace Fintech.Tests.Commands;

/// <summary>What the dashboard writes into <c>etl.command</c> is done, answered, and audited under the name of who asked.</summary>
public sealed class RequestedCommandTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_row_of_the_quarantine_is_corrected_replayed_and_another_discarded()
    {
        await using var commands = await CommandBench.CreateAsync(servers);
        var bench = commands.Quarantine;
        var (fixable, hopeless) = (await bench.IdAsync("5"), await bench.IdAsync("6"));
        await commands.AskAsync("rejected fix", $$$"""{"id": {{{fixable}}}, "set": {"amount": "12.50"}}""");
        await commands.AskAsync("rejected replay", $$"""{"ids": [{{fixable}}]}""");
        await commands.AskAsync("rejected discard", $$"""{"ids": [{{hopeless}}], "because": "test data"}""");

        Assert.Equal(3, await commands.WorkAsync());

        Assert.Equal(
            [
                $"rejected fix|succeeded|Row {fixable} is corrected (amount); replay it to make it a fact.",
                "rejected replay|succeeded|Replayed 1 row: 1 became facts, 0 are in quarantine again.",
                "rejected discard|succeeded|Discarded 1 row.",
            ],
            await commands.AnswersAsync());
        Assert.Equal(["5 amount_not_positive replayed", "6 amount_not_positive discarded"], (await bench.StatesAsync()).Take(2));
        await bench.AssertFactsAsync(new Tally(5, 22.50m));
        // By the one who asked: what the classes record, and that the command was answered.
        Assert.Equal(
            ["dashboard: mia|command|rejected discard", "dashboard: mia|command|rejected fix", "dashboard: mia|command|rejected replay",
             "dashboard: mia|row|rejected discard", "dashboard: mia|row|rejected fix", "dashboard: mia|row|rejected replay"],
            (await bench.Batch.ListAsync("select concat_ws('|', actor, case when subject like 'command %' then 'command' else 'row' end, action) from etl.audit")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Who_was_erased_does_not_stay_in_what_somebody_asks_for()
    {
        const long erased = 770_077_007;
        await using var commands = await CommandBench.CreateAsync(servers);
        var bench = commands.Quarantine;
        await commands.AskAsync("rejected fix", $$$"""{"id": {{{await bench.IdAsync("5")}}}, "set": {"amount": "12.50", "customer_id": "{{{erased}}}"}}""");
        await bench.EraseAsync(erased);     // While the command waits: text stays text, or it could not be read any more.
        await commands.AskAsync("rejected fix", $$$"""{"id": {{{await bench.IdAsync("6")}}}, "set": {"amount": "6", "customer_id": "{{{erased}}}"}}""");
        await commands.AskAsync("snooze", $$"""{"customer_id": {{erased}}, "reason": "travels", "until": "{{DateTimeOffset.UtcNow.AddDays(1):O}}"}""");

        await commands.WorkAsync();

        Assert.All(await commands.AnswersAsync(), answer => Assert.Contains("|succeeded|", answer));
        Assert.DoesNotContain($"{erased}", await bench.Batch.ContentsAsync());
        Assert.Equal(2, await bench.Batch.ReadAsync<long>("select count(*) from etl.rejected_row where (fixed_payload ->> 'customer_id')::bigint < 0"));
    }

    [Fact]
    public async Task A_pass_runs_now_and_an_audit_says_what_it_found()
    {
        await using var commands = await CommandBench.CreateAsync(servers);
        var bench = commands.Quarantine;
        await bench.Batch.SourceAsync("insert into transactions (transaction_id, customer_id, transaction_date, amount, merchant_details) values (10, 1, '2026-01-05 11:00', 10, 'Corner Cafe')");
        await commands.AskAsync("run", """{"dry_run": true}""");
        await commands.AskAsync("run", "{}");
        await commands.AskAsync("audit", """{"block": 1000}""");

        await commands.WorkAsync();

        var answers = await commands.AnswersAsync();
        Assert.StartsWith("run|succeeded|Dry run 2: read", answers[0]);
        Assert.StartsWith("run|succeeded|Run 3: read", answers[1]);
        Assert.Equal("audit|succeeded|The facts are what the source holds.", answers[2]);
        Assert.Equal("dashboard", await bench.Batch.ReadAsync<string>("select trigger from etl.run where run_id = 3"));
        Assert.Equal(1, await bench.Batch.ReadAsync<int>("select (answer ->> 'loaded')::int from etl.command where name = 'run' order by command_id desc limit 1"));
        await bench.AssertFactsAsync(new Tally(5, 20m));
    }

    [Theory]
    [InlineData("erase everything", "{}", "There is no such command; known are run, audit, rejected fix, rejected replay, rejected discard, rules set, rules backtest, snooze, snooze end, webhooks retry, cancel.")]
    [InlineData("run", """{"full": true, "everything": 1}""", "The arguments cannot be understood at everything.")]
    [InlineData("run", """{"full": "yes"}""", "The arguments cannot be understood at full.")]
    [InlineData("run", "[]", "The arguments cannot be understood.")]
    [InlineData("run", """{"from": "yesterday"}""", "--from needs a date.")]
    [InlineData("run", """{"full": true, "from": "2026-01-01"}""", "--full reads everything, --from and --to a part: give one or the other.")]
    [InlineData("audit", """{"block": 0}""", "block must be 1 to 1000000000.")]
    [InlineData("rejected fix", """{"set": {"amount": "1"}}""", "The arguments cannot be understood.")]
    [InlineData("rejected fix", """{"id": 999, "set": {"amount": "1"}}""", "There is no rejected row 999.")]
    [InlineData("rejected replay", "{}", "Say which rows: ids, check, reason or origin, or all of them.")]
    [InlineData("rejected discard", """{"ids": [1], "because": " "}""", "because must say why the rows will never be facts.")]
    [InlineData("rejected discard", """{"ids": null, "because": "x"}""", "Say which rows: ids, or check or origin with up_to, the newest row that is meant.")]
    [InlineData("rejected discard", """{"check": "amount_not_positive", "because": "x"}""", "Say which rows: ids, or check or origin with up_to, the newest row that is meant.")]
    [InlineData("rejected discard", """{"ids": [1], "check": "amount_not_positive", "up_to": 9, "because": "x"}""", "Say which rows: ids, or check or origin with up_to, the newest row that is meant.")]
    [InlineData("webhooks retry", "{}", "Say which dead letters: ids, a target, or all of them.")]
    [InlineData("cancel", """{"command": 999}""", "There is no command 999 that waits: it has begun, or has ended.")]
    [InlineData("cancel", """{"command": 1}""", "There is no command 1 that waits: it has begun, or has ended.")]
    [InlineData("rules set", """{"base": 1}""", "The arguments cannot be understood.")]
    [InlineData("rules backtest", """{"rules": [], "days": 400}""", "days must be 1 to 90; a longer range is for the command line: backtest --rules FILE.")]
    public async Task What_cannot_be_done_is_answered_with_a_sentence_and_changes_nothing(string name, string arguments, string answer)
    {
        await using var commands = await CommandBench.CreateAsync(servers);
        var bench = commands.Quarantine;
        var before = await bench.StatesAsync();
        await commands.AskAsync(name, arguments);
        await commands.WorkAsync();
        Assert.Equal($"{name}|failed|{answer}", Assert.Single(await commands.AnswersAsync()));
        Assert.Equal(before, await bench.StatesAsync());
        Assert.Equal($"dashboard: mia {name} failed", await bench.Batch.ReadAsync<string>("select concat_ws(' ', actor, action, detail ->> 'outcome') from etl.audit where subject = 'command 1'"));
    }

    [Fact]
    public async Task A_rule_is_silenced_for_a_customer_and_speaks_again_and_the_audit_names_no_customer()
    {
        await using var commands = await CommandBench.CreateAsync(servers);
        var bench = commands.Quarantine;
        await bench.Batch.WarehouseAsync("""insert into etl.rule_set (rules, created_by) values ('[{"rule":"velocity","count":5,"window":"00:10:00"}]', 'ada')""");
        await commands.AskAsync("snooze", $$"""{"customer_id": 1, "rule": "velocity", "until": "{{DateTime.UtcNow.AddDays(7):O}}", "reason": "travels"}""");
        await commands.AskAsync("snooze", $$"""{"customer_id": 1, "rule": "velocty", "until": "{{DateTime.UtcNow.AddDays(7):O}}", "reason": "travels"}""");
        await commands.AskAsync("snooze", """{"customer_id": 1, "until": "2020-01-01T00:00:00Z", "reason": "travels"}""");
        await commands.AskAsync("snooze end", """{"customer_id": 1, "rule": "velocity", "reason": "is back"}""");
        await commands.AskAsync("snooze end", """{"customer_id": 1, "rule": "velocity", "reason": "is back"}""");

        Assert.Equal(5, await commands.WorkAsync());

        var answers = await commands.AnswersAsync();
        Assert.StartsWith("snooze|succeeded|velocity keeps quiet of this customer until ", answers[0]);
        Assert.Equal(
            ["snooze|failed|There is no such customer, or no rule 'velocty'.", "snooze|failed|until must lie ahead, by at most 366 days.",
             "snooze end|succeeded|velocity speaks of this customer again.", "snooze end|failed|There is no such snooze in force."],
            answers.Skip(1));
        Assert.Equal(["1|velocity|t|dashboard: mia", "1|velocity|f|dashboard: mia"],
            await bench.Batch.ListAsync("select concat_ws('|', customer_id, rule, until > created_at, created_by) from etl.rule_snooze order by snooze_id"));
        Assert.Equal(["snooze snooze 1", "snooze end snooze 2"], await bench.Batch.ListAsync("select action || ' ' || subject from etl.audit where subject like 'snooze%' order by audit_id"));
    }

    [Fact]
    public async Task One_worker_at_a_time_executes_and_what_a_dead_one_left_is_answered()
    {
        await using var commands = await CommandBench.CreateAsync(servers);
        var bench = commands.Quarantine;
        await commands.AskAsync("run", "{}");
        await bench.Batch.WarehouseAsync("update etl.command set started_at = now()");
        await commands.AskAsync("audit", "{}");
        await using (var other = await bench.Batch.Warehouse.DataSource.OpenConnectionAsync(Token))
        {
            Assert.True(await CommandBook.TryLockAsync(other, Token));
            Assert.Equal(0, await commands.WorkAsync());
            await CommandBook.UnlockAsync(other);
        }

        Assert.Equal(2, await commands.WorkAsync());
        var answers = await commands.AnswersAsync();
        Assert.StartsWith("run|failed|The worker ended before the command did.", answers[0]);
        Assert.StartsWith("audit|succeeded|", answers[1]);
        Assert.Equal(1, await bench.Batch.ReadAsync<long>("select count(*) from etl.run"));
    }

    [Fact]
    public async Task A_command_waits_for_a_pass_to_end_and_says_so()
    {
        await using var commands = await CommandBench.CreateAsync(servers);
        var bench = commands.Quarantine;
        await commands.AskAsync("run", "{}");
        Task<int> working;
        await using (var other = await bench.Batch.Warehouse.DataSource.OpenConnectionAsync(Token))
        await using (await PassLock.AcquireAsync(other, Token))
        {
            working = commands.WorkAsync();
            await Eventually.ReadAsync(
                "the command to tell that it waits", _ => bench.Batch.ReadAsync<string>("select coalesce(progress ->> 'doing', '') from etl.command"),
                doing => doing == "waiting for another pass to end", TimeSpan.FromSeconds(30), Token);
        }

        Assert.Equal(1, await working);
        Assert.StartsWith("run|succeeded|Run 2", Assert.Single(await commands.AnswersAsync()));
    }

    [Fact]
    public async Task What_has_not_begun_is_taken_back_before_anything_else_is_done()
    {
        await using var commands = await CommandBench.CreateAsync(servers);
        await commands.AskAsync("run", "{}");
        await commands.AskAsync("audit", "{}");
        await commands.AskAsync("cancel", """{"command": 1}""");

        Assert.Equal(2, await commands.WorkAsync());

        Assert.Equal(
            ["run|cancelled|Taken back by mia before it began.", "audit|succeeded|The facts are what the source holds.", "cancel|succeeded|Command 1 is taken back."],
            await commands.AnswersAsync());
        Assert.Equal(1, await commands.Quarantine.Batch.ReadAsync<long>("select count(*) from etl.run"));
    }

    [Fact]
    public async Task A_check_is_discarded_as_a_whole_up_to_the_row_that_was_seen()
    {
        await using var commands = await CommandBench.CreateAsync(servers);
        var bench = commands.Quarantine;
        var (first, second) = (await bench.IdAsync("5"), await bench.IdAsync("6"));
        await commands.AskAsync("rejected discard", $$"""{"check": "amount_not_positive", "origin": "transactions", "up_to": {{Math.Min(first, second)}}, "because": "test data"}""");
        await commands.WorkAsync();

        Assert.Equal("rejected discard|succeeded|Discarded 1 row.", Assert.Single(await commands.AnswersAsync()));
        Assert.Equal(["5 amount_not_positive discarded", "6 amount_not_positive open"], (await bench.StatesAsync()).Take(2));
        Assert.Equal(
            $"dashboard: mia rejected row {first} test data",
            await bench.Batch.ReadAsync<string>("select concat_ws(' ', actor, subject, detail ->> 'because') from etl.audit where subject like 'rejected row %'"));
    }

    [Fact]
    public async Task Dead_letters_of_a_target_are_tried_again()
    {
        await using var commands = await CommandBench.CreateAsync(servers);
        var batch = commands.Quarantine.Batch;
        await batch.WarehouseAsync("""
            insert into etl.webhook_delivery (target, transaction_id, source_system, event_key, payload, status, decided_at, last_error)
            values ('cases', 't-1', 'stream', 'k-1', '{}', 'dead', now(), 'The receiver said 500.'), ('other', 't-1', 'stream', 'k-1', '{}', 'dead', now(), null)
            """);
        await commands.AskAsync("webhooks retry", """{"target": "cases"}""");
        await commands.WorkAsync();

        Assert.Equal("webhooks retry|succeeded|1 dead letters are tried again.", Assert.Single(await commands.AnswersAsync()));
        Assert.Equal(["cases pending", "other dead"], await batch.ListAsync("select concat_ws(' ', target, status) from etl.webhook_delivery order by target"));
    }

    [Fact]
    public async Task The_dashboard_asks_and_cannot_answer()
    {
        await using var commands = await CommandBench.CreateAsync(servers);
        var bench = commands.Quarantine;
        Assert.Equal("t t f f", await bench.Batch.ReadAsync<string>("""
            select concat_ws(' ', has_column_privilege('fintech_dashboard', 'etl.command', 'arguments', 'insert'), has_column_privilege('fintech_dashboard', 'etl.command', 'progress', 'select'),
                has_column_privilege('fintech_dashboard', 'etl.command', 'outcome', 'insert'), has_column_privilege('fintech_dashboard', 'etl.command', 'answer', 'update'))
            """));
    }
}
