using System.Diagnostics;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Commands;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Batch;

/// <summary>The command as a process of its own, as somebody types it.</summary>
public sealed class RunCommandTests(Servers servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_pass_needs_three_databases_and_a_key_and_migrates_what_is_new()
    {
        var environment = await CreateAsync(rows: 1_000);

        var (code, output, error) = await RunAsync(environment);

        Assert.Equal((0, ""), (code, error));
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["EXTRACT", "TRANSFORM", "LOAD", "RECONCILE", "Run", "Took"], lines.Select(line => line.Split(' ')[0]).Distinct());
        Assert.Matches(@"^EXTRACT +transactions +1,000 rows +500,500\.00 +\d+\.\d\d s$", lines.Single(line => line.StartsWith("EXTRACT    transactions", StringComparison.Ordinal)));
        Assert.Matches(@"^Run 1: read 1,000 rows, 500,500\.00 = loaded 1,000 rows, 500,500\.00 \+ quarantined 0 rows, 0\.00 \+ already known 0 rows, 0\.00$", lines[^2]);
        await AssertLoadedAsync(environment, 1_000);

        Assert.Contains("already known 1,000 rows", (await RunAsync(environment, "--full")).Output);
    }

    [Theory]
    [InlineData("direct copy", "select count(*) from pg_stat_activity where datname = current_database() and state = 'active' and query like 'copy dw.fact_transactions%' and pid <> pg_backend_pid()", 1, 1)]
    [InlineData("building of keys", "select count(*) from pg_stat_activity where datname = current_database() and state = 'active' and query like '%add constraint fact_transactions_pkey%' and pid <> pg_backend_pid()", 1, 1)]
    [InlineData("copy", "select coalesce(max(tuples_processed), 0)::bigint from pg_stat_progress_copy where datname = current_database()", 50_000, int.MaxValue)]
    [InlineData("merge", "select count(*) from pg_stat_activity where datname = current_database() and state = 'active' and query like '%into dw.fact_transactions%' and pid <> pg_backend_pid()", 1, int.MaxValue)]
    public async Task A_pass_killed_in_the_middle_of_a_load_leaves_nothing_and_the_next_one_is_complete(string step, string progress, long reached, int directLoadRows)
    {
        const int rows = 400_000;
        var environment = await CreateAsync(rows);
        environment["Etl__DirectLoadRows"] = directLoadRows.ToString(System.Globalization.CultureInfo.InvariantCulture);
        using (var victim = Start(environment))
        {
            await Eventually.ReadAsync($"the {step} of a pass",
                token => ScalarAsync<long>(environment["ConnectionStrings__warehouse"], progress, token), seen => seen >= reached, Patience, Token);
            victim.Kill();
            await victim.WaitForExitAsync(Token);
        }

        Assert.Equal(0, await ScalarAsync<long>(environment["ConnectionStrings__warehouse"], "select count(*) from dw.fact_transactions", Token));
        Assert.Equal("running", await ScalarAsync<string>(environment["ConnectionStrings__warehouse"], "select status from etl.run", Token));

        // The server may still be at the statement of the dead process, and notices a little later.
        await Eventually.ReadAsync("a pass after the killed one", async _ => await RunAsync(environment), ran => ran.Code != ExitCode.Busy, Patience, Token);
        await AssertLoadedAsync(environment, rows);
        Assert.Equal("failed", await ScalarAsync<string>(environment["ConnectionStrings__warehouse"], "select status from etl.run order by run_id limit 1", Token));
    }

    [Fact]
    public async Task A_failure_is_one_sentence_and_another_exit_code()
    {
        var environment = await CreateAsync(rows: 10);
        var source = environment["ConnectionStrings__source"];

        Expect(1, "While reading the source: Failed to connect to 127.0.0.1:1 (Connection refused).",
            await RunAsync(With("ConnectionStrings__source", new NpgsqlConnectionStringBuilder(source) { Host = "127.0.0.1", Port = 1 }.ConnectionString)));
        Expect(1, "While opening the warehouse: Failed to connect to 127.0.0.1:1 (Connection refused).",
            await RunAsync(With("ConnectionStrings__warehouse", new NpgsqlConnectionStringBuilder(source) { Host = "127.0.0.1", Port = 1 }.ConnectionString)));
        Expect(1, "While reading the source: database \"nowhere\" does not exist (SQLSTATE 3D000).",
            await RunAsync(With("ConnectionStrings__source", new NpgsqlConnectionStringBuilder(source) { Database = "nowhere" }.ConnectionString)));
        Expect(1, "Privacy:PiiKey is not the key this warehouse was pseudonymised with (version 1): give the former key back.",
            await RunAsync(With("Privacy__PiiKey", BatchBench.Secret + "x")));
        Expect(2, "ConnectionString is missing. It should be provided in 'ConnectionStrings:source'", await RunAsync(With("ConnectionStrings__source", "")));
        Expect(2, "A connection string of source, merchants or warehouse cannot be parsed.", await RunAsync(With("ConnectionStrings__merchants", "mongodb://me:hush@")));
        Expect(2, "Privacy:PiiKey must have at least 32 bytes", await RunAsync(With("Privacy__PiiKey", "short")));
        Expect(2, "Etl:Mode is Cdc, which this build cannot do yet; use Watermark.", await RunAsync(With("Etl__Mode", "Cdc")));
        Expect(2, "'--ful' is no option of this command.", await RunAsync(environment, "--ful"));

        await using var holder = new NpgsqlConnection(environment["ConnectionStrings__warehouse"]);
        await holder.OpenAsync(Token);
        await using var hold = new NpgsqlCommand("select pg_advisory_lock(22824)", holder);
        await hold.ExecuteNonQueryAsync(Token);
        Expect(3, "Another pass holds this warehouse", await RunAsync(environment));

        Dictionary<string, string> With(string name, string value) => new(environment) { [name] = value };

        static void Expect(int code, string sentence, (int Code, string Output, string Error) ran)
        {
            Assert.Equal((code, ""), (ran.Code, ran.Output));
            Assert.StartsWith($"error: {sentence}", ran.Error);
            Assert.Equal(1, ran.Error.Count(character => character == '\n'));
            Assert.DoesNotContain("hush", ran.Error);
        }
    }

    [Theory]
    [InlineData("--full --from 2026-01-01", "one or the other")]
    [InlineData("--from", "--from needs a date")]
    [InlineData("--to 31.1.2026", "--to needs a date")]
    [InlineData("--from 2026-01-02 --to 2026-01-02", "--from must be before --to")]
    [InlineData("now", "'now' is no option")]
    public void A_wrong_option_is_named(string options, string sentence)
    {
        Assert.False(RunCommand.TryParse(options.Split(' '), out _, out var fault));
        Assert.Contains(sentence, fault);
    }

    [Fact]
    public void A_range_is_read_from_the_options()
    {
        Assert.True(RunCommand.TryParse(["--from", "2026-01-01", "--to", "2026-01-31T18:30"], out var request, out _));
        Assert.Equal((new DateTime(2026, 1, 1), new DateTime(2026, 1, 31, 18, 30, 0), false), (request.From!.Value, request.To!.Value, request.IsIncremental));
    }

    private static async Task AssertLoadedAsync(Dictionary<string, string> environment, long rows)
    {
        var warehouse = environment["ConnectionStrings__warehouse"];
        Assert.Equal(rows, await ScalarAsync<long>(warehouse, "select count(*) from dw.fact_transactions", Token));
        Assert.Equal(rows * (rows + 1) / 2m, await ScalarAsync<decimal>(warehouse, "select sum(amount) from dw.fact_transactions", Token));
        Assert.Equal(rows * (rows + 1) / 2m, await ScalarAsync<decimal>(warehouse, "select sum(amount) from dw.agg_minute_total", Token));
    }

    private Task<Dictionary<string, string>> CreateAsync(int rows) => WorkerCommand.CreateAsync(servers, rows, Token);

    private static Task<T> ScalarAsync<T>(string connectionString, string sql, CancellationToken cancellationToken) =>
        WorkerCommand.ScalarAsync<T>(connectionString, sql, cancellationToken);

    private static Task<(int Code, string Output, string Error)> RunAsync(Dictionary<string, string> environment, params string[] options) =>
        WorkerCommand.RunAsync(environment, ["run", .. options], Token);

    private static Process Start(Dictionary<string, string> environment, params string[] options) => WorkerCommand.Start(environment, ["run", .. options]);
}
