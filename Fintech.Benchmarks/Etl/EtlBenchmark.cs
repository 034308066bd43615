using System.Globalization;

namespace Fintech.Benchmarks.Etl;

/// <summary>First load of a ledger into an empty warehouse, beside the limit, round by round; medians in the end.</summary>
internal sealed class EtlBenchmark(BenchmarkOptions options)
{
    private readonly int rows = options.Number("rows", 1_000_000);
    private readonly int rounds = options.Number("rounds", 3);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var assembly = await PublishedProject.WorkerAsync(cancellationToken);
        await using var servers = await BenchmarkServers.StartAsync(options, withRedis: false, cancellationToken);
        var ledger = await Ledger.CreateAsync(servers, rows, cancellationToken);
        var measured = new List<(PassFigures Pass, LimitFigures Limit)>();
        for (var round = 1; round <= rounds; round++)
        {
            var warehouse = await servers.CreateWarehouseAsync(cancellationToken);
            var worker = new WorkerProcess(assembly, ledger.Source, servers.Mongo, warehouse);
            await servers.SettleAsync(cancellationToken);
            var pass = await worker.RunAsync([], cancellationToken);
            if (pass.RowsRead != rows)
                throw new BenchmarkException($"The pass read {pass.RowsRead} of {rows} rows.");

            await servers.SettleAsync(cancellationToken);
            var limit = await Limit.MeasureAsync(ledger.Source, warehouse, cancellationToken);
            measured.Add((pass, limit));
            Console.WriteLine(Line(round, pass, limit));
            await servers.DropAsync(warehouse);
        }

        var seconds = Median(measured.Select(round => round.Pass.Seconds));
        var limitSeconds = Median(measured.Select(round => round.Limit.Seconds));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"RESULT etl rows={rows} seconds={seconds:F2} limit_seconds={limitSeconds:F2} ratio={seconds / limitSeconds:F2} rss_mb={measured.Max(round => round.Pass.PeakMegabytes):F0} bytes_per_row={Median(measured.Select(round => round.Pass.BytesPerRow)):F0}"));
    }

    internal static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[sorted.Count / 2 - 1] + sorted[sorted.Count / 2]) / 2;
    }

    private string Line(int round, PassFigures pass, LimitFigures limit) => string.Create(CultureInfo.InvariantCulture, $"""
        Round {round}
          pass   {pass.Seconds,7:F2} s  {rows / pass.Seconds,9:N0} rows/s  peak {pass.PeakMegabytes:F0} MB, {pass.BytesPerRow:F0} bytes allocated a row
          limit  {limit.Seconds,7:F2} s  {rows / limit.Seconds,9:N0} rows/s  copy {limit.Copy:F2}, keys and indexes {limit.Index:F2}, group by {limit.Group:F2}
          ratio  {pass.Seconds / limit.Seconds,7:F2}
        """);
}
