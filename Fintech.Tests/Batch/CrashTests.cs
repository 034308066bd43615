using System.Diagnostics;
using System.Globalization;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Commands;
using MongoDB.Driver;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Batch;

/// <summary>
/// kill -9 of the worker at random moments of a first load: the warehouse has all of it or nothing, and a restart completes it to
/// the cent. The number of kills and of rows: <c>FINTECH_TEST_KILLS</c> (20) and <c>FINTECH_TEST_KILL_ROWS</c> (1,000,000).
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

        environment["ConnectionStrings__warehouse"] = await servers.CreateDatabaseAsync(Token);
        // The shortest undisturbed run, from the start of the process on, is the span in which to kill.
        var whole = await TimeAsync(environment);

        var random = new Random(20_260_105);
        for (var kill = 1; kill <= Kills; kill++)
        {
            environment["ConnectionStrings__warehouse"] = await servers.CreateDatabaseAsync(Token);
            await using var warehouse = NpgsqlDataSource.Create(environment["ConnectionStrings__warehouse"]);
            var moment = whole * (0.1 + 0.9 * random.NextDouble());
            using (var victim = Start(environment))
            {
                await Task.Delay(moment, Token);
                victim.Kill();
                await victim.WaitForExitAsync(Token);
            }

            var left = await LeftAsync(warehouse);
            Assert.True(left.Rows == 0 || left == expected, $"Kill {kill} after {moment.TotalSeconds:F1} s left {left}; the source has {expected}.");

            // The server may still be at a statement of the dead process, and notices a little later.
            await Eventually.ReadAsync("a pass after the killed one", _ => RunAsync(environment), code => code != ExitCode.Busy, Patience, Token);
            if (kill % 5 == 0)
            {
                environment["ConnectionStrings__warehouse"] = await servers.CreateDatabaseAsync(Token);
                whole = await TimeAsync(environment) is var time && time < whole ? time : whole;
            }

            Assert.Equal(expected, await TallyAsync(warehouse, "select count(*), sum(amount) from dw.fact_transactions"));
            Assert.Equal(expected, await TallyAsync(warehouse, "select sum(transactions)::bigint, sum(amount) from dw.agg_minute_total"));
            Assert.Equal(expected, await TallyAsync(warehouse, "select sum(transactions)::bigint, sum(amount) from dw.agg_minute_category"));
            Assert.Equal(rejected, await TallyAsync(warehouse, "select count(*), sum(amount) from etl.rejected_row"));
            TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"kill {kill,2} after {moment.TotalSeconds,5:F2} s: {(left.Rows == 0 ? "nothing" : "everything")} was there, then {expected}"));
        }
    }

    private static async Task<TimeSpan> TimeAsync(Dictionary<string, string> environment)
    {
        var watch = Stopwatch.StartNew();
        Assert.Equal(ExitCode.Succeeded, await RunAsync(environment));
        return watch.Elapsed;
    }

    /// <summary>What is visible after the kill, also where the process had not come to make the tables.</summary>
    private static async Task<Tally> LeftAsync(NpgsqlDataSource warehouse)
    {
        await using var exists = warehouse.CreateCommand("select to_regclass('dw.fact_transactions') is not null");
        return await exists.ExecuteScalarAsync(Token) is true
            ? await TallyAsync(warehouse, "select count(*), coalesce(sum(amount), 0) from dw.fact_transactions")
            : default;
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
