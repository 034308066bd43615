using System.Diagnostics;
using System.Text.Json.Nodes;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Commands;
using Fintech.Tests.Batch;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Quarantine;

/// <summary>The commands as somebody types them.</summary>
public sealed class CommandsTests(Servers servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_rejected_row_is_found_fixed_replayed_and_then_known()
    {
        var environment = await WorkerCommand.CreateAsync(servers, 100, Token);
        await SourceAsync(environment, "update transactions set amount = 0 where transaction_id = 7; update transactions set amount = -8 where transaction_id = 8");

        var dry = await RunAsync(0, "run", "--dry-run");
        Assert.Contains("CHECK      amount_not_positive                   2 rows  quarantine  such as 7, 8", dry);
        Assert.EndsWith("would load 98 rows, 5,035.00 + would quarantine 2 rows, -8.00 + already known 0 rows, 0.00. Nothing was changed.", dry.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^2]);
        Assert.Contains("Source      100 rows above the watermark, 5,027.00, up to id 100", await RunAsync(0, "status"));

        await RunAsync(0, "run");   // The numbers that the dry run took are gone.
        Assert.Matches(@"^ +3  transactions  7    amount_not_positive +0\.00  open +The amount .+\.$", (await RunAsync(0, "rejected", "list")).Split('\n')[1]);
        Assert.Contains("\"amount\": 0.00", await RunAsync(0, "rejected", "show", "3"));
        Assert.Equal("Row 3: amount 0.00 -> 12.50\nReplay it with: rejected replay 3\n", await RunAsync(0, "rejected", "fix", "3", "--set", "amount=12.50"));
        Assert.Contains("fixed", await RunAsync(0, "rejected", "list", "--check", "amount_not_positive"));
        Assert.Equal("Run 3: ledger, USD: taken 1 rows, 12.50 = loaded 1 rows, 12.50 + quarantined again 0 rows, 0.00 + already known 0 rows, 0.00\n", await RunAsync(0, "rejected", "replay", "3"));
        Assert.Equal("Row 3 is replayed already, by run 3.\n", await RunAsync(0, "rejected", "replay", "3"));
        Assert.Equal("Discarded 1 row.\n", await RunAsync(0, "rejected", "discard", "4", "--because", "a test"));
        Assert.Equal("There is nothing to replay.\n", await RunAsync(0, "rejected", "replay", "--all"));
        Assert.Contains("loaded 0 rows, 0.00 + quarantined 1 rows, -8.00 + already known 99 rows, 5,035.00", await RunAsync(0, "run", "--full"));

        var status = await RunAsync(0, "status");
        Assert.Matches(@"(?m)^  3 +batch +replay +succeeded ", status);
        Assert.Contains("Source      nothing above the watermark", status);
        Assert.Contains("Open in quarantine: none", status);
        var actor = await WorkerCommand.ScalarAsync<string>(environment["ConnectionStrings__warehouse"], "select distinct actor from etl.audit", Token);
        Assert.Equal($"command: {Environment.UserName}", actor);

        async Task<string> RunAsync(int code, params string[] words)
        {
            var ran = await WorkerCommand.RunAsync(environment, words, Token);
            Assert.Equal((code, ""), (ran.Code, ran.Error));
            return ran.Output;
        }
    }

    [Fact]
    public async Task Status_fails_where_the_last_pass_did_and_goes_on_where_the_source_is_away()
    {
        var environment = await WorkerCommand.CreateAsync(servers, 10, Token);
        environment["ConnectionStrings__source"] = new NpgsqlConnectionStringBuilder(environment["ConnectionStrings__source"]) { Port = 1 }.ConnectionString;
        Assert.Equal(ExitCode.Failed, (await WorkerCommand.RunAsync(environment, ["run"], Token)).Code);

        var text = await WorkerCommand.RunAsync(environment, ["status"], Token);
        Assert.Equal((ExitCode.Failed, ""), (text.Code, text.Error));
        Assert.Contains("  Run 1 failed. While reading the source: Failed to connect to 127.0.0.1:1 (Connection refused).", text.Output);
        Assert.Contains("Source      away: Failed to connect to 127.0.0.1:1 (Connection refused).", text.Output);

        var json = JsonNode.Parse((await WorkerCommand.RunAsync(environment, ["status", "--json"], Token)).Output)!;
        Assert.Equal(("failed", 0), ((string)json["runs"]![0]!["status"]!, json["quarantine"]!.AsArray().Count));
    }

    [Theory]
    [InlineData("Usage: rejected list", "rejected")]
    [InlineData("'x' is no number of a rejected row. Usage: rejected show ID [--unseal].", "rejected", "show", "x")]
    [InlineData("--because is missing: the audit keeps why.", "rejected", "discard", "1")]
    [InlineData("Say which rows", "rejected", "replay")]
    [InlineData("Say which rows", "rejected", "replay", "--all", "1")]
    [InlineData("--limit is '0'; a number above zero is expected.", "rejected", "list", "--limit", "0")]
    [InlineData("Nothing is given to set.", "rejected", "fix", "1")]
    [InlineData("--set needs a value.", "rejected", "fix", "1", "--set")]
    [InlineData("'--jsn' is no option of this command. Usage: status", "status", "--jsn")]
    [InlineData("'nonsense' is no command of the worker; it knows: ", "nonsense")]
    public async Task Wrong_words_are_answered_with_the_usage(string sentence, params string[] words)
    {
        var (code, output, error) = await WorkerCommand.RunAsync([], words, Token);
        Assert.Equal((ExitCode.Misused, ""), (code, output));
        Assert.StartsWith($"error: {sentence}", error);
    }

    [Fact]
    public async Task A_replay_is_told_who_holds_the_warehouse()
    {
        var environment = await WorkerCommand.CreateAsync(servers, 10, Token);
        await SourceAsync(environment, "update transactions set amount = 0 where transaction_id = 7");
        await WorkerCommand.RunAsync(environment, ["run"], Token);
        await using var holder = new NpgsqlConnection(environment["ConnectionStrings__warehouse"]);
        await holder.OpenAsync(Token);
        await using var hold = new NpgsqlCommand("""
            select pg_advisory_lock(22824);
            insert into etl.run (kind, trigger, host, started_at, backend) values ('dry-run', 'command', 'elsewhere, process 7', '2026-01-05 10:00Z', pg_backend_pid())
            """, holder);
        await hold.ExecuteNonQueryAsync(Token);

        var (code, _, error) = await WorkerCommand.RunAsync(environment, ["rejected", "replay", "--all"], Token);

        Assert.Equal((ExitCode.Busy, "error: Another pass holds this warehouse: run 2 on elsewhere, process 7 since 2026-01-05 10:00:00 UTC.\n"), (code, error));
    }

    /// <summary>SIGTERM takes the way of Ctrl+C, which a process started without a terminal may be deaf to.</summary>
    [Theory]
    [InlineData("run")]
    [InlineData("run", "--dry-run")]
    public async Task An_interrupted_run_leaves_nothing_and_says_so(params string[] words)
    {
        var environment = await WorkerCommand.CreateAsync(servers, 300_000, Token);
        environment["Etl__DirectLoadRows"] = "1";
        using var process = WorkerCommand.Start(environment, words);
        var error = process.StandardError.ReadToEndAsync(Token);
        await Eventually.ReadAsync("the copy of a run", token => WorkerCommand.ScalarAsync<long>(environment["ConnectionStrings__warehouse"],
            "select coalesce(max(tuples_processed), 0)::bigint from pg_stat_progress_copy where datname = current_database()", token), copied => copied > 10_000, Patience, Token);
        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync(Token);
        await process.WaitForExitAsync(Token);

        Assert.Equal((ExitCode.Interrupted, "error: Interrupted; nothing was loaded.\n"), (process.ExitCode, await error));
        Assert.Equal("0 0 0 failed", await WorkerCommand.ScalarAsync<string>(environment["ConnectionStrings__warehouse"], """
            select concat_ws(' ', (select count(*) from dw.fact_transactions), (select count(*) from dw.agg_minute_total),
                             (select count(*) from etl.watermark), (select status from etl.run))
            """, Token));
    }

    [Fact]
    public async Task A_long_pass_tells_its_progress_line_by_line_and_a_short_one_says_nothing()
    {
        var report = new PassReport { Doing = "loading the transactions", RowsExpected = 2_000, RowsRead = 1_000 };
        var (pass, output) = (new TaskCompletionSource(), new StringWriter());

        await PassProgress.LinesAsync(report, Task.CompletedTask, output, TimeSpan.FromMilliseconds(1));
        Assert.Equal("", output.ToString());

        var telling = PassProgress.LinesAsync(report, pass.Task, output, TimeSpan.FromMilliseconds(20));
        await Eventually.IsTrueAsync("two lines of progress", _ => Task.FromResult(output.ToString().Count(c => c == '\n') >= 2), Patience, Token);
        pass.SetResult();
        await telling;
        Assert.Equal("loading the transactions: 1,000 of 2,000 rows, 0 rows/s", output.ToString().Split('\n')[0]);

        await Assert.ThrowsAsync<BatchException>(() => PassProgress.LinesAsync(report, Task.FromException(new BatchException("It failed.")), output, Patience));
    }

    private static async Task SourceAsync(Dictionary<string, string> environment, string sql)
    {
        await using var source = NpgsqlDataSource.Create(environment["ConnectionStrings__source"]);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }
}
