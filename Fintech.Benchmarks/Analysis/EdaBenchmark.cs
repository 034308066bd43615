using System.Diagnostics;
using System.Globalization;
using Fintech.Benchmarks.Etl;
using Npgsql;

namespace Fintech.Benchmarks.Analysis;

/// <summary>The document of a large warehouse: right after its first load, when everything is read from the facts, and when all of it is rolled up.</summary>
internal sealed class EdaBenchmark(BenchmarkOptions options)
{
    /// <summary>The service that rolls up rests between its steps, for two minutes at most.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);

    private readonly int rows = options.Number("rows", 5_000_000);
    private readonly int rounds = options.Number("rounds", 3);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var assembly = await PublishedProject.WorkerAsync(cancellationToken);
        var document = new DocumentProcess(await PublishedProject.DocumentAsync(cancellationToken));
        await using var servers = await BenchmarkServers.StartAsync(options, withRedis: true, cancellationToken);
        var ledger = await Ledger.CreateAsync(servers, rows, cancellationToken);
        var warehouse = await servers.CreateWarehouseAsync(cancellationToken);
        var worker = new WorkerProcess(assembly, ledger.Source, servers.Mongo, warehouse);
        var pass = await worker.RunAsync([], cancellationToken);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Loaded {pass.RowsRead:N0} rows."));

        await servers.SettleAsync(cancellationToken);
        var facts = await MeasureAsync("From the facts", document, warehouse, cancellationToken);
        await using (var service = worker.Stream(servers.Redis))
            await RolledUpAsync(service, warehouse, cancellationToken);
        await servers.SettleAsync(cancellationToken);
        var rolled = await MeasureAsync("Rolled up", document, warehouse, cancellationToken);

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"RESULT eda rows={rows} seconds={rolled.Seconds:F2} rss_mb={rolled.PeakMegabytes:F0} facts_seconds={facts.Seconds:F2} facts_rss_mb={facts.PeakMegabytes:F0}"));
    }

    /// <returns>Median of the times, largest memory.</returns>
    private async Task<DocumentFigures> MeasureAsync(string what, DocumentProcess document, string warehouse, CancellationToken cancellationToken)
    {
        var measured = new List<DocumentFigures>();
        for (var round = 1; round <= rounds; round++)
        {
            measured.Add(await document.RunAsync(warehouse, cancellationToken));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}, round {round}: {measured[^1].Seconds:F2} s, peak {measured[^1].PeakMegabytes:F0} MB"));
        }

        return new(EtlBenchmark.Median(measured.Select(figures => figures.Seconds)), measured.Max(figures => figures.PeakMegabytes));
    }

    /// <summary>Until days and months count every fact, and the statistics that follow a first roll-up are there.</summary>
    private static async Task RolledUpAsync(ServiceProcess service, string warehouse, CancellationToken cancellationToken)
    {
        Console.WriteLine("Waiting for the worker to roll up.");
        await using var connection = new NpgsqlConnection(warehouse);
        await connection.OpenAsync(cancellationToken);
        var watch = Stopwatch.StartNew();
        while (true)
        {
            await using var ask = new NpgsqlCommand("""
                select t.facts = (select sum(facts) from dw.history_span where unit = 'day') and t.facts = (select sum(facts) from dw.history_span where unit = 'month')
                       and (select reltuples from pg_class where oid = 'dw.fact_transactions'::regclass) > 0
                from (select sum(transactions) as facts from dw.agg_minute_total) t
                """, connection);
            if (await ask.ExecuteScalarAsync(cancellationToken) is true)
                return;
            service.AssertRunning();
            if (watch.Elapsed > Patience)
                throw new BenchmarkException($"The facts are not rolled up after {Patience.TotalMinutes:F0} minutes.");
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        }
    }
}
