using System.Diagnostics;
using System.Globalization;
using Fintech.Benchmarks.Etl;
using Fintech.Benchmarks.Stream;
using Npgsql;

namespace Fintech.Benchmarks.History;

/// <summary>
/// The history page's charts as a browser asks for them, on a warehouse that the worker filled and rolled up, with the present day still open. Each time with
/// another end of the period, which lies ahead of all there is: the same work, and no answer that was kept.
/// </summary>
internal sealed class HistoryBenchmark(BenchmarkOptions options)
{
    private static readonly string[] Charts = ["totals", "categories", "hours", "trend", "amounts", "merchants", "customers", "alerts"];
    private static readonly TimeSpan RollUpPatience = TimeSpan.FromMinutes(30);

    private readonly int rows = options.Number("rows", 5_000_000);
    private readonly int days = options.Number("days", 400);
    private readonly int rounds = options.Number("rounds", 5);
    private readonly int slowest = options.Number("slowest", int.MaxValue);
    private int asked;

    private sealed record Figure(string Name, double Milliseconds, double Worst, double ProcessorMilliseconds);

    /// <returns>False where a chart took longer than it may.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var worker = await PublishedProject.WorkerAsync(cancellationToken);
        var dashboard = await PublishedProject.DashboardAsync(cancellationToken);
        await using var servers = await BenchmarkServers.StartAsync(options, withRedis: true, cancellationToken);
        var today = DateTime.UtcNow.Date;
        var ledger = await Ledger.CreateAsync(servers, rows, today.AddDays(-days), TimeSpan.FromDays(days) / rows, cancellationToken);
        var warehouse = await servers.CreateWarehouseAsync(cancellationToken);
        await FillAsync(servers, new WorkerProcess(worker, ledger.Source, servers.Mongo, warehouse), ledger, warehouse, cancellationToken);

        await using var showing = await DashboardProcess.StartAsync(dashboard, warehouse, servers.Redis, cancellationToken);
        using var http = new HttpClient { BaseAddress = showing.Address };
        var figures = new List<Figure>();
        foreach (var (scope, search) in Scopes(today))
        {
            foreach (var chart in Charts)
                figures.Add(await MeasureAsync(http, chart, scope, search, cancellationToken));
        }

        return Tell(figures);
    }

    /// <summary>What the page's presets and a click ask for.</summary>
    private static IEnumerable<(string Scope, string Search)> Scopes(DateTime today)
    {
        var month = new DateTime(today.Year, today.Month, 1);
        yield return ("everything", "");
        yield return ("12 months", From(month.AddMonths(-11)));
        yield return ("3 months", From(month.AddMonths(-2)));
        yield return ("7 days", From(today.AddDays(-6)));
        yield return ("category", "&category=Category%2003");
        yield return ("merchant", "&merchant=Merchant%200007");
        yield return ("hour of the week", "&weekday=3&hour=14");
        yield return ("hour and category", "&weekday=3&hour=14&category=Category%2003");

        static string From(DateTime day) => string.Create(CultureInfo.InvariantCulture, $"&from={day:yyyy-MM-dd}");
    }

    private async Task FillAsync(BenchmarkServers servers, WorkerProcess worker, Ledger ledger, string warehouse, CancellationToken cancellationToken)
    {
        await worker.RunAsync([], cancellationToken);
        await using var connection = new NpgsqlConnection(warehouse);
        await connection.OpenAsync(cancellationToken);
        var watch = Stopwatch.StartNew();
        await using (worker.Serve(servers.Redis, [("History__Interval", "00:00:01"), ("History__Rest", "0")]))
        {
            while (await NumberAsync(connection, EmbeddedSql.Read("History/not_rolled.sql"), cancellationToken) > 0)
            {
                if (watch.Elapsed > RollUpPatience)
                    throw new BenchmarkException($"The history is not rolled up after {RollUpPatience.TotalMinutes:F0} minutes.");
                await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
            }
        }

        var size = await NumberAsync(connection, "select sum(pg_total_relation_size(oid))::bigint from pg_class where relnamespace = 'dw'::regnamespace and relkind = 'r' and relname like 'history%'", cancellationToken);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Rolled up in {watch.Elapsed.TotalSeconds:F0} s: {size / 1_048_576.0:F0} MB."));

        // The present day: half of it came.
        await ledger.AppendAsync(rows + 1, rows + Math.Max(1, rows / days / 2), cancellationToken);
        await worker.RunAsync([], cancellationToken);
        foreach (var statement in EmbeddedSql.Read("History/alerts.sql").Split(";\n"))
            await NumberAsync(connection, statement, cancellationToken);
        await NumberAsync(connection, "vacuum (analyze)", cancellationToken);     // As autovacuum does in time.
        await servers.SettleAsync(cancellationToken);
    }

    private async Task<Figure> MeasureAsync(HttpClient http, string chart, string scope, string search, CancellationToken cancellationToken)
    {
        await AskAsync(http, chart, search, cancellationToken);     // Pages come into memory, statements are prepared.
        var (before, times) = (ProcessorTimes.Read(), new List<double>());
        for (var round = 0; round < rounds; round++)
            times.Add(await AskAsync(http, chart, search, cancellationToken));
        return new Figure($"{chart}, {scope}", EtlBenchmark.Median(times), times.Max(), (ProcessorTimes.Read().Of("postgres") - before.Of("postgres")) * 1_000 / rounds);
    }

    private async Task<double> AskAsync(HttpClient http, string chart, string search, CancellationToken cancellationToken)
    {
        var end = new DateTime(2100, 1, 1).AddMinutes(++asked);
        var address = string.Create(CultureInfo.InvariantCulture, $"/api/history/{chart}?to={end:yyyy-MM-ddTHH:mm}Z{(chart is "totals" or "hours" ? "" : "&currency=USD")}{search}");
        var watch = Stopwatch.StartNew();
        using var answer = await http.GetAsync(new Uri(address, UriKind.Relative), cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        var took = watch.Elapsed.TotalMilliseconds;
        return answer.IsSuccessStatusCode && !text.Contains("\"rows\":[]", StringComparison.Ordinal)
            ? took
            : throw new BenchmarkException($"{address} answered {(int)answer.StatusCode}: {text[..Math.Min(text.Length, 500)]}");
    }

    private bool Tell(List<Figure> figures)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rows:N0} facts of {days:N0} days; median of {rounds}, worst, processor time of PostgreSQL"));
        foreach (var figure in figures)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {figure.Name,-32} {figure.Milliseconds,7:F0} ms {figure.Worst,7:F0} ms {figure.ProcessorMilliseconds,7:F0} ms"));
        var worst = figures.MaxBy(figure => figure.Milliseconds)!;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"RESULT history rows={rows} queries={figures.Count} slowest={worst.Name.Replace(", ", "/", StringComparison.Ordinal).Replace(' ', '-')} slowest_ms={worst.Milliseconds:F0} p50_ms={EtlBenchmark.Median(figures.Select(figure => figure.Milliseconds)):F0}"));
        return worst.Milliseconds <= slowest;
    }

    private static async Task<long> NumberAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 1_800 };
        return await command.ExecuteScalarAsync(cancellationToken) as long? ?? 0;
    }
}
