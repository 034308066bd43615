using Fintech.Benchmarks;
using Fintech.Benchmarks.Analysis;
using Fintech.Benchmarks.Etl;
using Fintech.Benchmarks.History;
using Fintech.Benchmarks.Hub;
using Fintech.Benchmarks.Stream;

const string usage = """
    Usage: dotnet run -c Release --project Fintech.Benchmarks -- BENCHMARK [options]

      etl              --rows 1000000 [--rounds 3]            first load of a ledger, beside the limit: a raw COPY pipe
      etl-incremental  --base 5000000 --new 10000 [--rounds 5]  new rows on a large ledger, and a pass with nothing new
      stream           --rate 10000|max --seconds 30 [--warm-up 10] [--customers 100000] [--window 40000]
                                                                transactions through Redis into the warehouse, beside the two limits
      hub              --clients 1000 --rate 10000 --seconds 30 [--warm-up 10] [--stalled 10]
                                                                the same stream, shown by the dashboard to that many browsers
      eda              --rows 5000000 [--rounds 3]            the document of a warehouse of that size, from its facts and rolled up
      history          --rows 5000000 [--days 400] [--rounds 5] [--slowest MS]
                                                                every chart of the history page, narrowed in every way; fails above MS, where it is given

    Servers are started for the benchmark and stopped after it. Where PostgreSQL runs already:
      --source "Host=…;Username=…;Password=…"  --warehouse "Host=…;…"  (databases named bench_… are created and dropped)
    """;

using var interrupted = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    interrupted.Cancel();
};

try
{
    var options = new BenchmarkOptions(args);
    switch (options.Name)
    {
        case "etl":
            await new EtlBenchmark(options).RunAsync(interrupted.Token);
            return 0;
        case "etl-incremental":
            await new IncrementalBenchmark(options).RunAsync(interrupted.Token);
            return 0;
        case "stream":
            await new StreamBenchmark(options).RunAsync(interrupted.Token);
            return 0;
        case "hub":
            await new HubBenchmark(options).RunAsync(interrupted.Token);
            return 0;
        case "eda":
            await new EdaBenchmark(options).RunAsync(interrupted.Token);
            return 0;
        case "history":
            return await new HistoryBenchmark(options).RunAsync(interrupted.Token) ? 0 : 1;
        default:
            Console.Error.WriteLine(usage);
            return 2;
    }
}
catch (BenchmarkException e)
{
    Console.Error.WriteLine($"error: {e.Message}");
    return 1;
}
catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
{
    Console.Error.WriteLine("Interrupted.");
    return 130;
}
