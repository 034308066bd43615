using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting.Testing;
using Npgsql;
using Xunit;
using static Fintech.Tests.Platform.RunningPlatform;

namespace Fintech.Tests.Platform;

/// <summary>Promise 2: killing any process changes neither the warehouse nor what the page shows.</summary>
[Trait("Category", "Chaos")]
public sealed class KillTests
{
    private const int Sent = 60_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killing_worker_and_dashboard_under_load_loses_nothing_and_doubles_nothing()
    {
        Needs.ProcFileSystem();
        await using var platform = await StartAsync(
            ["--Producer:History:Transactions=2000", "--Producer:History:Customers=200", "--Producer:Rate=2500", $"--Producer:Limit={Sent}"], null, Token);

        foreach (var progress in (int[])[5_000, 15_000, 25_000])
        {
            await Eventually.ReadAsync($"{progress} transactions in the warehouse", token => StreamRowsAsync(platform, token), rows => rows >= progress, Patience, Token);
            await KillAsync("Fintech.Etl.Worker", platform);
            await KillAsync("Fintech.Dashboard", platform);
        }

        var ledger = await Eventually.ReadAsync("the producer to have sent everything", async token =>
        {
            using var producer = platform.Application.CreateHttpClient("producer");
            return await producer.GetFromJsonAsync<JsonElement>("/ledger", token);
        }, page => page.GetProperty("acknowledged").GetInt64() == Sent, Patience, Token);
        var sentSum = decimal.Parse(ledger.GetProperty("amount").GetString()!, CultureInfo.InvariantCulture);

        const string quarantined = "select count(*), coalesce(sum(amount), 0) from etl.rejected_row where origin like 'transactions:%'";
        await Eventually.ReadAsync("every transaction in the warehouse",
            async token => await StreamRowsAsync(platform, token) + (await PlatformTests.CountAndSumAsync(platform.Warehouse, quarantined)).Rows,
            rows => rows >= Sent, Patience, Token);

        var (rejectedRows, rejectedSum) = await PlatformTests.CountAndSumAsync(platform.Warehouse, quarantined);
        var facts = await PlatformTests.CountAndSumAsync(platform.Warehouse,
            "select count(*), sum(amount) from dw.fact_transactions where source_system = 'stream'");
        var totals = await PlatformTests.CountAndSumAsync(platform.Warehouse,
            "select sum(transactions)::bigint, sum(amount) from dw.agg_minute_total where slot >= 0");
        Assert.Equal((Sent - rejectedRows, sentSum - rejectedSum), facts);
        Assert.Equal(facts, totals);
        Assert.Equal(
            await ScalarAsync<long>(platform.Warehouse, "select count(*) from dw.fact_fraud_alerts", Token),
            await ScalarAsync<long>(platform.Warehouse, "select count(*) from dw.fact_transactions where source_system = 'stream' and amount > 3000 and currency = 'USD'", Token));

        // The dashboard that came back shows the warehouse's own numbers.
        await platform.Application.ResourceNotifications.WaitForResourceHealthyAsync("dashboard", Token);
        using var dashboard = platform.CreateDashboardClient();    // The cookie outlives the kills, too.
        var kpis = await dashboard.GetFromJsonAsync<JsonElement>("/api/kpis?window=all", Token);
        var all = await ScalarAsync<long>(platform.Warehouse, "select count(*) from dw.fact_transactions", Token);
        Assert.Equal(all, kpis.GetProperty("kpis").GetProperty("transactions").GetInt64());
    }

    [Fact]
    public async Task A_restart_keeps_the_data_and_loads_nothing_twice()
    {
        var folder = Directory.CreateTempSubdirectory("fintech-restart-");
        try
        {
            string[] settings = [$"--Embedded:DataFolder={folder.FullName}", "--Producer:History:Transactions=3000", "--Producer:History:Customers=300", "--Producer:Rate=200", "--Producer:Limit=1000"];
            (long Rows, decimal Sum) batch, stream;
            await using (var first = await StartAsync(settings, null, Token))
            {
                await PlatformTests.ABatchPassHasSucceededAsync(first);
                await Eventually.ReadAsync("the live transactions", token => StreamRowsAsync(first, token), rows => rows > 900, Patience, Token);
                (batch, stream) = (await FactsAsync(first, "ledger"), await FactsAsync(first, "stream"));
            }

            await using var second = await StartAsync([.. settings, "--Producer:Rate=0"], null, Token);
            await Eventually.ReadAsync("a second batch pass",
                token => ScalarAsync<long>(second.Warehouse, "select count(*) from etl.run where kind = 'batch' and status = 'succeeded'", token),
                runs => runs >= 2, Patience, Token);
            Assert.Equal(batch, await FactsAsync(second, "ledger"));
            Assert.True((await FactsAsync(second, "stream")).Rows >= stream.Rows);

            // One statement, hence one snapshot: what was left in the streams may still be coming in.
            Assert.True(await ScalarAsync<bool>(second.Warehouse, """
                select (select row(count(*)::numeric, sum(amount)) from dw.fact_transactions where source_system = 'stream')
                     = (select row(sum(transactions), sum(amount)) from dw.agg_minute_total where slot >= 0)
                """, Token), "Facts and aggregates of the stream differ after the restart.");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Task<(long Rows, decimal Sum)> FactsAsync(RunningPlatform platform, string sourceSystem) => PlatformTests.CountAndSumAsync(
        platform.Warehouse, $"select count(*), coalesce(sum(amount), 0) from dw.fact_transactions where source_system = '{sourceSystem}'");

    private static Task<long> StreamRowsAsync(RunningPlatform platform, CancellationToken cancellationToken) =>
        ScalarAsync<long>(platform.Warehouse, "select count(*) from dw.fact_transactions where source_system = 'stream'", cancellationToken);

    /// <summary>SIGKILL to the process that runs the service for this platform; waits for one that is just being started again.</summary>
    private static async Task KillAsync(string service, RunningPlatform platform)
    {
        // Other platforms of this test run have such children too: what tells them apart is the port of their warehouse.
        var port = new NpgsqlConnectionStringBuilder(platform.Warehouse.ConnectionString).Port.ToString(CultureInfo.InvariantCulture);
        var pid = await Eventually.ReadAsync($"a process of {service}",
            _ => Task.FromResult(Process.GetProcesses().Select(process => process.Id).FirstOrDefault(Runs)),
            found => found != 0, Patience, Token);
        using var process = Process.GetProcessById(pid);
        process.Kill();

        bool Runs(int candidate)
        {
            try
            {
                return File.ReadAllText($"/proc/{candidate}/cmdline").Contains(service, StringComparison.Ordinal)
                    && File.ReadAllText($"/proc/{candidate}/environ").Contains($"WAREHOUSE_PORT={port}\0", StringComparison.Ordinal);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;   // It ended between the listing and the look, or is not ours.
            }
        }
    }
}
