using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Fintech.Analysis.Figures;
using Fintech.Analysis.Warehouse;
using Fintech.Etl.Worker.History;
using Fintech.Tests.History;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Analysis;

public sealed class NotebookTests(Servers servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The notebook executed top to bottom, the document's numbers and the views asked directly: one truth. The last is also LINQ's, of the sales themselves.</summary>
    [Fact]
    public async Task Notebook_document_and_views_agree()
    {
        var jupyter = Needs.Jupyter();
        await using var bench = await AnalysisBench.CreateAsync(servers, AnalysisBench.FixedSales);
        await RejectAsync(bench);
        await using var login = await AnalystLogin.CreateAsync(bench, connections: -1, Token);
        var notebook = await ExecuteAsync(jupyter, login.ConnectionString);
        var data = await bench.ReadAsync();

        // The page's numbers are compared with the document's, which are compared with the notebook's below: of the same facts, rolled up by now.
        await new HistoryRollup(bench.Warehouse.DataSource, TimeProvider.System).RollAllAsync(Token);
        await using (var page = await HistoryAnswers.StartAsync(servers, bench.ConnectionString, Token))
            await page.AssertSameAsync(data, Period.Everything, Token);

        foreach (var total in data.Totals)
        {
            var view = await ViewAsync<(long, decimal)>(bench, $"select sum(transactions)::bigint, sum(revenue) from analysis.daily where currency = '{total.Currency}'", row => (row.GetInt64(0), row.GetDecimal(1)));
            var mine = AnalysisBench.FixedSales.Where(sale => sale.Currency == total.Currency).ToList();
            var noted = notebook.GetProperty("totals").GetProperty(total.Currency);
            Assert.Equal(
                [(mine.Count, mine.Sum(sale => sale.Amount)), (total.Transactions, total.Revenue), (noted[0].GetInt64(), Number(noted[1])), .. view],
                Enumerable.Repeat(((long)mine.Count, mine.Sum(sale => sale.Amount)), 4));
        }

        Same(notebook, "quantiles", data.Amounts.All("quantile", RowJson.Default.Quantile).Where(q => q.Currency == "USD").Select(q => ((double)q.P, q.Amount)), key => double.Parse(key, CultureInfo.InvariantCulture));
        Same(notebook, "categories", data.Activity.All("category", RowJson.Default.CategoryRevenue).Where(c => c.Currency == "USD").Select(c => (c.Category, c.Revenue)), key => key);
        Same(notebook, "threshold", data.Amounts.All("threshold", RowJson.Default.ThresholdStep).Select(step => (step.Threshold, (decimal)step.Purchases)), key => decimal.Parse(key, CultureInfo.InvariantCulture));
        Same(notebook, "arrivals", data.Arrivals.All("delay", RowJson.Default.Delay).Select(d => ($"{d.CameBy} {d.Bucket}", (decimal)d.Transactions)), key => key);

        var days = data.Activity.All("trend", RowJson.Default.TrendPoint).Where(p => p.Currency == "USD").Select(p => (p.At.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), p.Revenue)).ToList();
        Same(notebook, "days", days, key => key);
        Assert.Equal(days.Order(), (await ViewAsync(bench, "select day::text, revenue from analysis.daily where currency = 'USD'", row => (row.GetString(0), row.GetDecimal(1)))).Order());

        Assert.Equal(data.Customers.All("summary", RowJson.Default.CustomerSummary).Single(s => s.Currency == "USD").Gini, Number(notebook.GetProperty("gini")));
        Assert.Equal(
            data.Customers.All("top", RowJson.Default.TopCustomer).Where(t => t.Currency == "USD").OrderBy(t => t.Rank).Select(t => (t.Customer, t.Revenue)),
            notebook.GetProperty("top").EnumerateArray().Select(t => (t[0].GetString()!, Number(t[1]))));

        var active = await ViewAsync(bench, "select count(distinct customer_id) from analysis.customer_value where purchases > 0", row => row.GetInt64(0));
        Assert.Equal([data.Customers.First("active", RowJson.Default.ActiveCustomers)!.Customers, notebook.GetProperty("active").GetInt64()], [active[0], active[0]]);

        var concentration = data.Customers.All("summary", RowJson.Default.CustomerSummary).Single(s => s.Currency == "USD");
        Assert.Equal((concentration.Decile, concentration.DecileRevenue), (notebook.GetProperty("decile")[0].GetInt64(), Number(notebook.GetProperty("decile")[1])));

        // The alert rate: of the sums of the days, of the document, of the notebook.
        var rate = await ViewAsync(bench, "select sum(alerts)::bigint, sum(scored)::bigint, analysis.alert_rate(sum(alerts)::bigint, sum(scored)::bigint) from analysis.daily", row => new AlertRate(row.GetInt64(0), row.GetInt64(1), row.GetDecimal(2)));
        Assert.Equal([rate[0], rate[0]], [data.Rate, new AlertRate(notebook.GetProperty("alerts").GetInt64(), notebook.GetProperty("scored").GetInt64(), Number(notebook.GetProperty("alert_rate")))]);
        Assert.Equal(rate[0].Alerts, data.Alerts.All("alerts", RowJson.Default.AlertTotal).Sum(a => a.Alerts));

        Same(notebook, "hours", data.Activity.All("hour", RowJson.Default.HourOfWeek).Select(h => ($"{h.Weekday} {h.Hour}", (decimal)h.Transactions)), key => key);
        Same(notebook, "rejected", data.Quality.All("rejected", RowJson.Default.Rejected).GroupBy(r => r.CheckName).Select(r => (r.Key, (decimal)r.Sum(x => x.Rows))), key => key);
        Assert.True(notebook.GetProperty("agrees").GetBoolean());
        Assert.DoesNotContain(data.Quality.All("reconciliation", RowJson.Default.Reconciled), r => !r.Agrees);
    }

    [Fact]
    public async Task The_notebook_is_stored_with_its_outputs()
    {
        using var stored = JsonDocument.Parse(await File.ReadAllTextAsync(Notebook, Token));
        var code = stored.RootElement.GetProperty("cells").EnumerateArray().Where(cell => cell.GetProperty("cell_type").GetString() == "code").ToList();
        Assert.All(code.Skip(1), cell => Assert.True(cell.GetProperty("outputs").GetArrayLength() > 0, $"A cell has no output: {cell.GetProperty("source")}"));
        Assert.DoesNotContain(code, cell => cell.GetProperty("outputs").EnumerateArray().Any(output => output.GetProperty("output_type").GetString() == "error"));
    }

    private static string Notebook => Repository.File("notebooks", "eda.ipynb");

    private static Task RejectAsync(AnalysisBench bench) => bench.ExecuteAsync("""
        insert into etl.rejected_row (run_id, origin, source_system, record_key, check_name, reason, payload, content_hash, status)
        select 1, 'transactions', 'ledger', n::text, case when n % 3 = 0 then 'currency' else 'amount' end, 'test', '{}', '\x00', case when n = 5 then 'discarded' else 'open' end from generate_series(1, 7) n
        """);

    private static async Task<JsonElement> ExecuteAsync((string Command, string[] Arguments) jupyter, string connectionString)
    {
        using var folder = new TemporaryFolder();
        var start = new ProcessStartInfo(jupyter.Command, [.. jupyter.Arguments, "--to", "notebook", "--execute", "--output-dir", folder.File(""), "--output", "out.ipynb", Notebook])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment =
            {
                ["ConnectionStrings__warehouse"] = connectionString,
                ["MPLCONFIGDIR"] = folder.File("matplotlib"),
                ["JUPYTER_RUNTIME_DIR"] = folder.File("runtime"),
                ["IPYTHONDIR"] = folder.File("ipython"),
            },
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("Jupyter did not start.");
        var (output, error) = (process.StandardOutput.ReadToEndAsync(Token), process.StandardError.ReadToEndAsync(Token));
        try
        {
            await process.WaitForExitAsync(Token).WaitAsync(Patience, Token);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }

        Assert.True(process.ExitCode == 0, $"The notebook failed: {await error}{await output}");
        using var executed = JsonDocument.Parse(await File.ReadAllTextAsync(folder.File("out.ipynb"), Token));
        var last = executed.RootElement.GetProperty("cells").EnumerateArray().Last().GetProperty("outputs")[0].GetProperty("text");
        return JsonDocument.Parse(string.Concat(last.EnumerateArray().Select(line => line.GetString()))).RootElement.Clone();
    }

    private static void Same<TKey>(JsonElement notebook, string property, IEnumerable<(TKey Key, decimal Value)> document, Func<string, TKey> key)
    {
        var noted = notebook.GetProperty(property).EnumerateObject().Select(entry => (Key: key(entry.Name), Value: Number(entry.Value))).OrderBy(entry => entry.Key).ToList();
        Assert.NotEmpty(noted);
        Assert.Equal(document.OrderBy(entry => entry.Key).ToList(), noted);
    }

    /// <summary>Money is written as text, so that no float comes between.</summary>
    private static decimal Number(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? decimal.Parse(value.GetString()!, NumberStyles.Number, CultureInfo.InvariantCulture) : value.GetDecimal();

    private static async Task<List<T>> ViewAsync<T>(AnalysisBench bench, string sql, Func<NpgsqlDataReader, T> read)
    {
        await using var command = bench.Warehouse.DataSource.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(Token);
        var rows = new List<T>();
        while (await reader.ReadAsync(Token))
            rows.Add(read(reader));
        return rows;
    }
}
