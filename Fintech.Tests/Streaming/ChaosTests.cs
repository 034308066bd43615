using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Fintech.Etl.Worker.Streaming;
using Fintech.Tests.Dashboard;
using Fintech.Tests.Producer;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Streaming;

/// <summary>
/// Promise 2, exactly once in effect, against the worker's process and its tables: whatever is killed, stopped or cut while events
/// flow, twice each and some out of order, in the end the producer's ledger, facts, aggregates and KPIs agree to the cent, and alerts are
/// those of a run that nothing disturbed. <c>FINTECH_TEST_CHAOS_RATE</c> (1,000 transactions a second) and
/// <c>FINTECH_TEST_CHAOS_ROUNDS</c> (1) of all the faults; 5,000 and 10 are the long form. With <c>FINTECH_TEST_CHAOS_STRICT</c> it holds the
/// recoveries to what docs/streaming.md promises of a machine that has nothing else to do.
/// </summary>
[Trait("Category", "Chaos")]
public sealed class ChaosTests(Servers servers)
{
    private static readonly int Rate = Number("FINTECH_TEST_CHAOS_RATE", 1_000);
    private static readonly int Rounds = Number("FINTECH_TEST_CHAOS_ROUNDS", 1);
    private static readonly bool Strict = Environment.GetEnvironmentVariable("FINTECH_TEST_CHAOS_STRICT") is { Length: > 0 };
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>A machine that builds beside it is given as many seconds as it needed for the first start, twice.</summary>
    private TimeSpan KillRecovery => TimeSpan.FromSeconds(Strict ? 5 : Math.Max(5 * 6, 2 * recoveries[0].Seconds[0]));

    /// <summary>Ten seconds until the server ends what a half-open worker left, five to notice, and some to take over.</summary>
    private static readonly TimeSpan CutRecovery = TimeSpan.FromSeconds(Strict ? 25 : 25 * 3);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>In the order of the faults.</summary>
    private readonly List<(string Fault, List<double> Seconds)> recoveries = [];

    [Fact]
    public async Task Whatever_is_killed_stopped_or_cut_the_books_agree_to_the_cent_and_alerts_are_the_same()
    {
        Needs.ProcFileSystem();
        await servers.CreateDatabaseAsync(Token);     // The servers of this test are its own; their programs are the platform's.
        await using var postgres = await ChaosPostgres.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var producerConnection = await redis.ConnectAsync();
        var warehouse = await postgres.CreateWarehouseAsync("stormy");
        await using var first = new ChaosWorker("first", postgres.Port, redis.Port, port => postgres.ConnectionString(warehouse, port));
        await using var second = new ChaosWorker("second", postgres.Port, redis.Port, port => postgres.ConnectionString(warehouse, port));
        await using var books = NpgsqlDataSource.Create($"{postgres.ConnectionString(warehouse)};Pooling=false");
        var load = new ChaosLoad(producerConnection, Rate);
        using var stopping = new CancellationTokenSource();
        try
        {
            first.Start();
            var producing = load.RunAsync(stopping.Token, Token);
            Measured("none: a first start, its new warehouse included",
                await ProgressAsync("the first entries of every partition to be committed", books, []));

            // As if a pass had filled it: the stream of a warehouse that was never loaded looks once a second whether one has begun.
            await ChaosBooks.ScalarAsync<long>(books, "insert into etl.run (kind, status, trigger, host, finished_at) values ('batch', 'succeeded', 'test', 'test', now()) returning run_id");
            var (running, other) = (first, second);
            for (var round = 0; round < Rounds; round++)
                (running, other) = await RoundAsync(postgres, redis, books, load, running, other);

            await stopping.CancelAsync();
            await producing;
            await Eventually.ReadAsync($"all {load.Entries} entries to be committed", _ => ReadAsync(books), read => read >= load.Entries, Patience, Token);
            await AssertBooksAsync(books, load);
            await AssertPageAsync(postgres.ConnectionString(warehouse), $"127.0.0.1:{redis.Port}", load);

            Assert.Equal(await CalmAlertsAsync(postgres, redis, load), await ChaosBooks.AlertsAsync(books));
            Assert.Equal(["card-testing", "high-value", "new-category", "spend-spike", "velocity"], (await ChaosBooks.FiredAsync(books)).Select(rule => rule.Rule));
            await PrintAsync(books, load);
        }
        catch
        {
            TestContext.Current.TestOutputHelper?.WriteLine(Table() + first.Log + Environment.NewLine + second.Log);
            throw;
        }
    }

    /// <param name="first">The one that runs.</param>
    /// <returns>The one that runs in the end, and the one that was killed last.</returns>
    private async Task<(ChaosWorker, ChaosWorker)> RoundAsync(
        ChaosPostgres postgres, RedisServer redis, NpgsqlDataSource books, ChaosLoad load, ChaosWorker first, ChaosWorker second)
    {
        await FaultAsync("kill -9 of the worker, started again", KillRecovery, books, load, async () =>
        {
            await first.KillAsync();
            first.Start();
        });
        await FaultAsync("Redis stopped for 2 s", Patience, books, load, async () =>
        {
            await redis.StopAsync();
            await Task.Delay(TimeSpan.FromSeconds(2), Token);
            redis.Restart();
        });
        await FaultAsync("Postgres crashed, 2 s away", Patience, books, load, async () =>
        {
            await postgres.CrashAsync();
            await Task.Delay(TimeSpan.FromSeconds(2), Token);
            await postgres.LaunchAsync();
        });

        // A second worker waits for the partitions of the first.
        if (!second.IsRunning)
            second.Start();
        await Eventually.ReadAsync("a second worker's session", _ => ChaosBooks.ScalarAsync<long>(books,
            "select count(*) from etl.run where kind = 'stream' and status = 'running'"), sessions => sessions >= 2, Patience, Token);
        await FaultAsync("connections of the worker to Postgres cut half-open, a second one there", CutRecovery, books, load, () =>
        {
            Assert.NotEqual(0, first.Postgres.CutHalfOpen());
            return Task.CompletedTask;
        });
        await FaultAsync("connections of both workers to Redis cut half-open", CutRecovery, books, load, () =>
        {
            Assert.NotEqual(0, first.Redis.CutHalfOpen() + second.Redis.CutHalfOpen());
            return Task.CompletedTask;
        });
        await FaultAsync("connections of both workers to Postgres cut half-open", CutRecovery, books, load, () =>
        {
            Assert.NotEqual(0, first.Postgres.CutHalfOpen() + second.Postgres.CutHalfOpen());
            return Task.CompletedTask;
        });
        await FaultAsync("both workers frozen for 3 s", Patience, books, load, async () =>
        {
            await Task.WhenAll(first.SignalAsync("STOP"), second.SignalAsync("STOP"));
            await Task.Delay(TimeSpan.FromSeconds(3), Token);
            await Task.WhenAll(first.SignalAsync("CONT"), second.SignalAsync("CONT"));
        });

        // Both are back from the faults before: a session holds a lock of its own, which the server frees when it falls silent.
        await Eventually.ReadAsync("sessions of both workers", _ => ChaosBooks.ScalarAsync<long>(books,
            $"select count(distinct pid) from pg_locks where locktype = 'advisory' and classid = {StreamSession.SessionLock} and objsubid = 2 and granted"), sessions => sessions == 2, Patience, Token);

        // Only the death of an owner leaves partitions without one.
        var owner = await ChaosBooks.ScalarAsync<string>(books, "select owner from etl.stream_checkpoint group by owner order by count(*) desc limit 1");
        Assert.Contains(owner, (string[])[first.Owner, second.Owner]);
        var (victim, survivor) = owner == first.Owner ? (first, second) : (second, first);
        await FaultAsync("kill -9 of one of two workers, one that owned partitions", KillRecovery, books, load, victim.KillAsync);
        return (survivor, victim);
    }

    /// <summary>
    /// Recovered is when every partition commits what was added after the fault, not only what had been read before; counted from the end
    /// of the fault, of a kill and a cut from its beginning.
    /// </summary>
    private async Task FaultAsync(string name, TimeSpan limit, NpgsqlDataSource books, ChaosLoad load, Func<Task> fault)
    {
        await CaughtUpAsync(name, books, load);
        await fault();
        var watch = Stopwatch.StartNew();
        var recovery = await ProgressAsync($"every partition to go on after: {name}", books, load.Attempted(), watch);
        Measured(name, recovery);
        Assert.True(recovery <= limit, $"After '{name}' it took {recovery.TotalSeconds:F1} s until every partition went on; {limit.TotalSeconds} s are allowed.");
    }

    /// <summary>What is measured is this fault, and not what the one before, or the first start, left to be read.</summary>
    private static Task CaughtUpAsync(string before, NpgsqlDataSource books, ChaosLoad load) =>
        Eventually.ReadAsync($"the lag to be under a second before: {before}", async _ => load.Attempted().Values.Sum() - (await ChaosBooks.PositionsAsync(books)).Values.Sum(),
            lag => lag < 2L * Rate, Patience, Token);

    private void Measured(string name, TimeSpan time)
    {
        if (recoveries.All(known => known.Fault != name))
            recoveries.Add((name, []));
        recoveries.First(known => known.Fault == name).Seconds.Add(time.TotalSeconds);
    }

    private static async Task<TimeSpan> ProgressAsync(string what, NpgsqlDataSource books, Dictionary<string, long> before, Stopwatch? watch = null)
    {
        watch ??= Stopwatch.StartNew();
        await Eventually.ReadAsync(what, _ => ChaosBooks.PositionsAsync(books),
            now => now.Count == 8 && now.All(stream => stream.Value > before.GetValueOrDefault(stream.Key)), Patience, Token);
        return watch.Elapsed;
    }

    private static async Task AssertBooksAsync(NpgsqlDataSource books, ChaosLoad load)
    {
        Assert.Equal(load.Entries, await ReadAsync(books));
        Assert.Equal(0L, await ChaosBooks.ScalarAsync<long>(books, "select count(*) from etl.stream_loss"));
        Assert.Equal(0L, await ChaosBooks.ScalarAsync<long>(books, "select count(*) from etl.rejected_row"));
        Assert.Equal(0L, await ChaosBooks.ScalarAsync<long>(books, "select count(*) from dw.dim_customer group by customer_id, is_current having count(*) > 1 union all select 0 limit 1"));
        foreach (var sums in (string[])
        [
            "select currency, count(*), sum(amount) from dw.fact_transactions group by currency",
            "select currency, sum(transactions)::bigint, sum(amount) from dw.agg_minute_total group by currency",
            "select currency, sum(transactions)::bigint, sum(amount) from dw.agg_minute_category group by currency",
        ])
        {
            Assert.Equal(load.Ledger.OrderBy(sum => sum.Key), (await ChaosBooks.SumsAsync(books, sums)).OrderBy(sum => sum.Key));
        }

        Assert.Equal(
            await ChaosBooks.ScalarAsync<long>(books, "select count(*) from dw.fact_fraud_alerts"),
            await ChaosBooks.ScalarAsync<long>(books, "select sum(alerts)::bigint from dw.agg_minute_total"));
    }

    private static async Task AssertPageAsync(string warehouse, string redis, ChaosLoad load)
    {
        await using var page = await DashboardApp.StartAsync(warehouse, redis, Token);
        var kpis = (await page.Http.GetFromJsonAsync<JsonElement>("/api/kpis?window=all", Token)).GetProperty("kpis");
        Assert.Equal(load.Transactions, kpis.GetProperty("transactions").GetInt64());
        Assert.Equal(
            load.Ledger.ToDictionary(sum => sum.Key, sum => sum.Value.Amount).OrderBy(sum => sum.Key),
            kpis.GetProperty("value").EnumerateArray().ToDictionary(value => value.GetProperty("currency").GetString()!, value => value.GetProperty("amount").GetDecimal()).OrderBy(sum => sum.Key));
    }

    /// <summary>The alerts of a worker that nothing disturbs, with a new warehouse, given the same entries in the same order.</summary>
    private static async Task<List<string>> CalmAlertsAsync(ChaosPostgres postgres, RedisServer redis, ChaosLoad load)
    {
        const int Calm = 1;
        await using (var connection = await redis.ConnectAsync())
            await ChaosLoad.RepeatAsync(connection.GetDatabase(Calm), load.Delivered);

        var warehouse = await postgres.CreateWarehouseAsync("calm");
        await using var worker = new ChaosWorker("calm", postgres.Port, redis.Port, port => postgres.ConnectionString(warehouse, port)) { RedisDatabase = Calm };
        await using var books = NpgsqlDataSource.Create($"{postgres.ConnectionString(warehouse)};Pooling=false");
        worker.Start();
        await Eventually.ReadAsync($"the undisturbed run to commit {load.Entries} entries", _ => ReadAsync(books), read => read >= load.Entries,
            Patience + TimeSpan.FromSeconds(load.Entries / 20_000), Token);
        return await ChaosBooks.AlertsAsync(books);
    }

    private static async Task<long> ReadAsync(NpgsqlDataSource books) => (await ChaosBooks.PositionsAsync(books)).Values.Sum();

    private async Task PrintAsync(NpgsqlDataSource books, ChaosLoad load)
    {
        var alerts = await ChaosBooks.ScalarAsync<long>(books, "select count(*) from dw.fact_fraud_alerts");
        var sums = string.Join(", ", load.Ledger.Select(sum => string.Create(CultureInfo.InvariantCulture, $"{sum.Value.Rows:N0} of {sum.Value.Amount:N2} {sum.Key}")));
        var fired = string.Join(", ", (await ChaosBooks.FiredAsync(books)).Select(rule => string.Create(CultureInfo.InvariantCulture, $"{rule.Rule} {rule.Alerts:N0}")));
        TestContext.Current.TestOutputHelper?.WriteLine(Table() + string.Create(CultureInfo.InvariantCulture,
            $"{load.Transactions:N0} transactions ({sums}) delivered in {load.Entries:N0} entries: ledger = facts = aggregates = KPIs, {alerts:N0} alerts ({fired}) as in the undisturbed run."));
    }

    private string Table()
    {
        var table = new StringBuilder("| Fault | Times | Every partition went on after (median, longest) |\n|---|---|---|\n");
        foreach (var (fault, seconds) in recoveries)
            table.Append(CultureInfo.InvariantCulture, $"| {fault} | {seconds.Count} | {seconds.Order().ElementAt(seconds.Count / 2):F1} s, {seconds.Max():F1} s |\n");
        return table.ToString();
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
