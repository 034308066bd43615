using System.Diagnostics.Metrics;
using Fintech.Etl.Worker.Audit;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Commands;
using Fintech.Etl.Worker.Warehouse;
using Fintech.Tests.Quarantine;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
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
        await using var bench = await QuarantineBench.CreateAsync(servers);
        var (fixable, hopeless) = (await bench.IdAsync("5"), await bench.IdAsync("6"));
        await AskAsync(bench, "rejected fix", $$$"""{"id": {{{fixable}}}, "set": {"amount": "12.50"}}""");
        await AskAsync(bench, "rejected replay", $$"""{"ids": [{{fixable}}]}""");
        await AskAsync(bench, "rejected discard", $$"""{"ids": [{{hopeless}}], "because": "test data"}""");

        Assert.Equal(3, await WorkAsync(bench));

        Assert.Equal(
            [
                $"rejected fix|succeeded|Row {fixable} is corrected (amount); replay it to make it a fact.",
                "rejected replay|succeeded|Replayed 1 row: 1 became facts, 0 are in quarantine again.",
                "rejected discard|succeeded|Discarded 1 row.",
            ],
            await AnswersAsync(bench));
        Assert.Equal(["5 amount_not_positive replayed", "6 amount_not_positive discarded"], (await bench.StatesAsync()).Take(2));
        await bench.AssertFactsAsync(new Tally(5, 22.50m));
        // By the one who asked: what the classes record, and that the command was answered.
        Assert.Equal(
            ["dashboard: mia|command|rejected discard", "dashboard: mia|command|rejected fix", "dashboard: mia|command|rejected replay",
             "dashboard: mia|row|rejected discard", "dashboard: mia|row|rejected fix", "dashboard: mia|row|rejected replay"],
            (await bench.Batch.ListAsync("select concat_ws('|', actor, case when subject like 'command %' then 'command' else 'row' end, action) from etl.audit")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_pass_runs_now_and_an_audit_says_what_it_found()
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        await bench.Batch.SourceAsync("insert into transactions (transaction_id, customer_id, transaction_date, amount, merchant_details) values (10, 1, '2026-01-05 11:00', 10, 'Corner Cafe')");
        await AskAsync(bench, "run", """{"dry_run": true}""");
        await AskAsync(bench, "run", "{}");
        await AskAsync(bench, "audit", """{"block": 1000}""");

        await WorkAsync(bench);

        var answers = await AnswersAsync(bench);
        Assert.StartsWith("run|succeeded|Dry run 2: read", answers[0]);
        Assert.StartsWith("run|succeeded|Run 3: read", answers[1]);
        Assert.Equal("audit|succeeded|The facts are what the source holds.", answers[2]);
        Assert.Equal("dashboard", await bench.Batch.ReadAsync<string>("select trigger from etl.run where run_id = 3"));
        Assert.Equal(1, await bench.Batch.ReadAsync<int>("select (answer ->> 'loaded')::int from etl.command where name = 'run' order by command_id desc limit 1"));
        await bench.AssertFactsAsync(new Tally(5, 20m));
    }

    [Theory]
    [InlineData("erase everything", "{}", "There is no such command; known are run, audit, rejected fix, rejected replay, rejected discard, snooze and snooze end.")]
    [InlineData("run", """{"full": true, "everything": 1}""", "The arguments cannot be understood at everything.")]
    [InlineData("run", """{"full": "yes"}""", "The arguments cannot be understood at full.")]
    [InlineData("run", "[]", "The arguments cannot be understood.")]
    [InlineData("run", """{"from": "yesterday"}""", "--from needs a date.")]
    [InlineData("run", """{"full": true, "from": "2026-01-01"}""", "--full reads everything, --from and --to a part: give one or the other.")]
    [InlineData("audit", """{"block": 0}""", "block must be 1 to 1000000000.")]
    [InlineData("rejected fix", """{"set": {"amount": "1"}}""", "The arguments cannot be understood.")]
    [InlineData("rejected fix", """{"id": 999, "set": {"amount": "1"}}""", "There is no rejected row 999.")]
    [InlineData("rejected replay", "{}", "Say which rows: ids, check, reason or origin, or all of them.")]
    [InlineData("rejected discard", """{"ids": [1], "because": " "}""", "ids must name rows, and because must say why they will never be facts.")]
    [InlineData("rejected discard", """{"ids": null, "because": "x"}""", "The arguments cannot be understood at ids.")]
    public async Task What_cannot_be_done_is_answered_with_a_sentence_and_changes_nothing(string name, string arguments, string answer)
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        var before = await bench.StatesAsync();
        await AskAsync(bench, name, arguments);
        await WorkAsync(bench);
        Assert.Equal($"{name}|failed|{answer}", Assert.Single(await AnswersAsync(bench)));
        Assert.Equal(before, await bench.StatesAsync());
        Assert.Equal($"dashboard: mia {name} failed", await bench.Batch.ReadAsync<string>("select concat_ws(' ', actor, action, detail ->> 'outcome') from etl.audit where subject = 'command 1'"));
    }

    [Fact]
    public async Task A_rule_is_silenced_for_a_customer_and_speaks_again_and_the_audit_names_no_customer()
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        await bench.Batch.WarehouseAsync("""insert into etl.rule_set (rules, created_by) values ('[{"rule":"velocity","count":5,"window":"00:10:00"}]', 'ada')""");
        await AskAsync(bench, "snooze", $$"""{"customer_id": 1, "rule": "velocity", "until": "{{DateTime.UtcNow.AddDays(7):O}}", "reason": "travels"}""");
        await AskAsync(bench, "snooze", $$"""{"customer_id": 1, "rule": "velocty", "until": "{{DateTime.UtcNow.AddDays(7):O}}", "reason": "travels"}""");
        await AskAsync(bench, "snooze", """{"customer_id": 1, "until": "2020-01-01T00:00:00Z", "reason": "travels"}""");
        await AskAsync(bench, "snooze end", """{"customer_id": 1, "rule": "velocity", "reason": "is back"}""");
        await AskAsync(bench, "snooze end", """{"customer_id": 1, "rule": "velocity", "reason": "is back"}""");

        Assert.Equal(5, await WorkAsync(bench));

        var answers = await AnswersAsync(bench);
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
        await using var bench = await QuarantineBench.CreateAsync(servers);
        await AskAsync(bench, "run", "{}");
        await bench.Batch.WarehouseAsync("update etl.command set started_at = now()");
        await AskAsync(bench, "audit", "{}");
        await using (var other = await bench.Batch.Warehouse.DataSource.OpenConnectionAsync(Token))
        {
            Assert.True(await CommandBook.TryLockAsync(other, Token));
            Assert.Equal(0, await WorkAsync(bench));
            await CommandBook.UnlockAsync(other);
        }

        Assert.Equal(2, await WorkAsync(bench));
        var answers = await AnswersAsync(bench);
        Assert.StartsWith("run|failed|The worker ended before the command did.", answers[0]);
        Assert.StartsWith("audit|succeeded|", answers[1]);
        Assert.Equal(1, await bench.Batch.ReadAsync<long>("select count(*) from etl.run"));
    }

    [Fact]
    public async Task A_command_waits_for_a_pass_to_end_and_says_so()
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        await AskAsync(bench, "run", "{}");
        Task<int> working;
        await using (var other = await bench.Batch.Warehouse.DataSource.OpenConnectionAsync(Token))
        await using (await PassLock.AcquireAsync(other, Token))
        {
            working = WorkAsync(bench);
            await Eventually.ReadAsync(
                "the command to tell that it waits", _ => bench.Batch.ReadAsync<string>("select coalesce(progress ->> 'doing', '') from etl.command"),
                doing => doing == "waiting for another pass to end", TimeSpan.FromSeconds(30), Token);
        }

        Assert.Equal(1, await working);
        Assert.StartsWith("run|succeeded|Run 2", Assert.Single(await AnswersAsync(bench)));
    }

    [Fact]
    public async Task The_dashboard_asks_and_cannot_answer()
    {
        await using var bench = await QuarantineBench.CreateAsync(servers);
        Assert.Equal("t t f f", await bench.Batch.ReadAsync<string>("""
            select concat_ws(' ', has_column_privilege('fintech_dashboard', 'etl.command', 'arguments', 'insert'), has_column_privilege('fintech_dashboard', 'etl.command', 'progress', 'select'),
                has_column_privilege('fintech_dashboard', 'etl.command', 'outcome', 'insert'), has_column_privilege('fintech_dashboard', 'etl.command', 'answer', 'update'))
            """));
    }

    private static async Task AskAsync(QuarantineBench bench, string name, string arguments)
    {
        await using var ask = bench.Batch.Warehouse.DataSource.CreateCommand("insert into etl.command (name, arguments, requested_by) values ($1, $2::jsonb, 'mia')");
        ask.Parameters.Add(new() { Value = name });
        ask.Parameters.Add(new() { Value = arguments });
        await ask.ExecuteNonQueryAsync(Token);
    }

    private static Task<List<string>> AnswersAsync(QuarantineBench bench) =>
        bench.Batch.ListAsync("select concat_ws('|', name, outcome, answer ->> 'message') from etl.command where finished_at is not null order by command_id");

    private static async Task<int> WorkAsync(QuarantineBench bench)
    {
        var batch = bench.Batch;
        var options = Microsoft.Extensions.Options.Options.Create(batch.Options);
        var passes = await batch.CreatePassAsync();
        var audit = new SourceAudit(batch.Source, batch.Warehouse.DataSource, passes, await batch.OpenKeysAsync(), options, new AuditTelemetry(batch.Meters), batch.Time);
        var executor = new CommandExecutor(passes, audit, bench.Book, await bench.CreateReplayAsync(), new SnoozeBook(bench.Batch.Warehouse.DataSource, TimeProvider.System), options);
        using var service = new CommandService(
            new CommandBook(batch.Warehouse.DataSource), executor, new WarehouseReady(), batch.Warehouse.DataSource, TimeProvider.System, NullLogger<CommandService>.Instance);
        return await service.WorkAsync(Token);
    }
}
