using System.Diagnostics;
using System.Globalization;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Commands;
using MongoDB.Driver;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Batch;

/// <summary>
/// kill -9 of the worker while it loads an empty warehouse, at moments spread over the load: the warehouse has all of it or nothing, and a restart
/// completes it to the cent. The number of kills and of rows: <c>FINTECH_TEST_KILLS</c> (20) and <c>FINTECH_TEST_KILL_ROWS</c> (1,000,000).
/// </summary>
[Trait("Category", "Chaos")]
public sealed class CrashTests(Servers servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly int Kills = Number("FINTECH_TEST_KILLS", 20);
    private static readonly int Rows = Number("FINTECH_TEST_KILL_ROWS", 1_000_000);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_at_any_moment_of_a_load_it_has_loaded_all_or_nothing_and_completes_when_restarted()
    {
        var (source, merchants) = (await SourceAsync(), await MerchantsAsync());
        await using var ledger = NpgsqlDataSource.Create(source);
        var expected = await TallyAsync(ledger, "select count(*), sum(amount) from transactions where amount > 0");
        var rejected = await TallyAsync(ledger, "select count(*), sum(amount) from transactions where amount <= 0");
        var environment = new Dictionary<string, string>
        {
            ["ConnectionStrings__source"] = source, ["ConnectionStrings__merchants"] = merchants, ["Privacy__PiiKey"] = BatchBench.Secret,
        };

        // The shortest undisturbed load is the span in which to kill: from the moment its run stands in the books to the commit.
        var span = await UndisturbedAsync(environment);
        var random = new Random(20_260_105);
        var midway = 0;
        for (var kill = 1; kill <= Kills; kill++)
        {
            await using var warehouse = await EmptyWarehouseAsync(environment);
            var moment = span * ((kill - 1 + random.NextDouble()) / Kills);
            using (var victim = Start(environment))
            {
                await Eventually.IsTrueAsync("the run to stand in the books", _ => RunsAsync(warehouse), Patience, Token);
                await Task.Delay(moment, Token);
                victim.Kill();
                await victim.WaitForExitAsync(Token);
            }

            var (left, isMidway) = await LeftAsync(warehouse);
            Assert.True(left == (isMidway ? default : expected), $"Kill {kill} {moment.TotalSeconds:F2} s into the load left {left}; the source has {expected}.");
            midway += isMidway ? 1 : 0;

            // The server may still be at a statement of the dead process, and notices a little later.
            await Eventually.ReadAsync("a pass after the killed one", _ => RunAsync(environment), code => code != ExitCode.Busy, Patience, Token);
            if (isMidway && await TookAsync(warehouse) is var took && took < span)
                span = took;

            Assert.Equal(expected, await TallyAsync(warehouse, "select count(*), sum(amount) from dw.fact_transactions"));
            Assert.Equal(expected, await TallyAsync(warehouse, "select sum(transactions)::bigint, sum(amount) from dw.agg_minute_total"));
            Assert.Equal(expected, await TallyAsync(warehouse, "select sum(transactions)::bigint, sum(amount) from dw.agg_minute_category"));
            Assert.Equal(rejected, await TallyAsync(warehouse, "select count(*), sum(amount) from etl.rejected_row"));
            await servers.DropDatabaseAsync(environment["ConnectionStrings__warehouse"], Token);
            TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"kill {kill,2}  {moment.TotalSeconds,5:F2} s into a load of {span.TotalSeconds:F2} s: {(isMidway ? "run under way, nothing" : "run over, everything")} was there; restarted {expected}"));
        }

        Assert.True(midway * 5 >= Kills * 3, $"Only {midway} of {Kills} kills found the load under way: they say little.");
    }

    private async Task<TimeSpan> UndisturbedAsync(Dictionary<string, string> environment)
    {
        await using var warehouse = await EmptyWarehouseAsync(environment);
        Assert.Equal(ExitCode.Succeeded, await RunAsync(environment));
        return await TookAsync(warehouse);
    }

    private async Task<NpgsqlDataSource> EmptyWarehouseAsync(Dictionary<string, string> environment)
    {
        environment["ConnectionStrings__warehouse"] = await servers.CreateDatabaseAsync(Token);
        return NpgsqlDataSource.Create(environment["ConnectionStrings__warehouse"]);
    }

    /// <summary>Of the run that loaded.</summary>
    private static async Task<TimeSpan> TookAsync(NpgsqlDataSource warehouse)
    {
        await using var took = warehouse.CreateCommand("select finished_at - started_at from etl.run where status = 'succeeded' order by run_id desc limit 1");
        return (TimeSpan)(await took.ExecuteScalarAsync(Token))!;
    }

    /// <summary>What is visible after the kill, in one look at facts and books: the server may be at the commit still.</summary>
    private static async Task<(Tally Left, bool IsMidway)> LeftAsync(NpgsqlDataSource warehouse)
    {
        await using var look = warehouse.CreateCommand("select count(*), coalesce(sum(amount), 0), (select status from etl.run) = 'running' from dw.fact_transactions");
        await using var reader = await look.ExecuteReaderAsync(Token);
        await reader.ReadAsync(Token);
        return (new Tally(reader.GetInt64(0), reader.GetDecimal(1)), reader.GetBoolean(2));
    }

    /// <summary>False also where the process has not come to make the tables.</summary>
    private static async Task<bool> RunsAsync(NpgsqlDataSource warehouse)
    {
        await using var exists = warehouse.CreateCommand("select to_regclass('etl.run_progress') is not null");
        if (await exists.ExecuteScalarAsync(Token) is false)
            return false;
        await using var runs = warehouse.CreateCommand("select exists (select from etl.run where status = 'running')");
        return await runs.ExecuteScalarAsync(Token) is true;
    }

    private async Task<string> SourceAsync()
    {
        var source = await servers.CreateDatabaseAsync(Token);
        await using var fill = NpgsqlDataSource.Create(source);
        await using var command = fill.CreateCommand($"""
            {BatchBench.SourceSchema}
            insert into customers (customer_id, last_name, email) select i, 'Lovelace', 'c' || i || '@example.org' from generate_series(1, 10000) i;
            insert into transactions (customer_id, transaction_date, amount, merchant_details)
            select 1 + i % 10000, timestamp '2026-01-05' + i * interval '1 second', case when i % 1001 = 0 then -i else i / 100.0 end, 'Merchant ' || i % 100
            from generate_series(1, {Rows}) i;
            """);
        command.CommandTimeout = 300;
        await command.ExecuteNonQueryAsync(Token);
        return source;
    }

    private async Task<string> MerchantsAsync()
    {
        var mongo = new MongoUrlBuilder(await servers.MongoAsync()) { DatabaseName = $"test_{Guid.NewGuid():n}" };
        if (mongo.Username is not null)
            mongo.AuthenticationSource ??= "admin";
        return mongo.ToString();
    }

    private static async Task<Tally> TallyAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(Token);
        await reader.ReadAsync(Token);
        return new Tally(reader.GetInt64(0), reader.GetDecimal(1));
    }

    private static async Task<int> RunAsync(Dictionary<string, string> environment)
    {
        using var process = Start(environment);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(Token), process.StandardError.ReadToEndAsync(Token));
        await process.WaitForExitAsync(Token);
        Assert.True(process.ExitCode is ExitCode.Succeeded or ExitCode.Busy, $"The worker ended with {process.ExitCode}: {await output} {await error}");
        return process.ExitCode;
    }

    private static Process Start(Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Fintech.Etl.Worker.dll"), "run"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
