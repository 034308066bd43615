using System.Globalization;

namespace Fintech.Benchmarks.Etl;

/// <summary>New rows onto a large ledger that is loaded already, and passes that find nothing new.</summary>
internal sealed class IncrementalBenchmark(BenchmarkOptions options)
{
    private readonly int rows = options.Number("base", 5_000_000);
    private readonly int added = options.Number("new", 10_000);
    private readonly int rounds = options.Number("rounds", 5);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var assembly = await PublishedProject.WorkerAsync(cancellationToken);
        await using var servers = await BenchmarkServers.StartAsync(options, withRedis: false, cancellationToken);
        var ledger = await Ledger.CreateAsync(servers, rows, cancellationToken);
        var warehouse = await servers.CreateWarehouseAsync(cancellationToken);
        var worker = new WorkerProcess(assembly, ledger.Source, servers.Mongo, warehouse);
        var first = await worker.RunAsync([], cancellationToken);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"First load  {first.Seconds,7:F2} s"));

        var (passes, idle) = (new List<PassFigures>(), new List<PassFigures>());
        for (var round = 0; round < rounds; round++)
        {
            await ledger.AppendAsync(rows + round * added + 1, rows + (round + 1) * added, cancellationToken);
            await servers.SettleAsync(cancellationToken);
            passes.Add(await worker.RunAsync([], cancellationToken));
            if (passes[^1].RowsRead < added)
                throw new BenchmarkException($"The pass read {passes[^1].RowsRead} of {added} new rows.");

            idle.Add(await worker.RunAsync([], cancellationToken));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Round {round + 1}: {added:N0} new rows {passes[^1].Seconds:F2} s, nothing new {idle[^1].Seconds:F2} s"));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"RESULT etl-incremental base={rows} new={added} seconds={EtlBenchmark.Median(passes.Select(pass => pass.Seconds)):F2} idle_seconds={EtlBenchmark.Median(idle.Select(pass => pass.Seconds)):F2} rss_mb={passes.Max(pass => pass.PeakMegabytes):F0}"));
    }
}
