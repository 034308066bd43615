using System.Diagnostics;
using System.Globalization;
using Fintech.Benchmarks.Etl;
using Fintech.Benchmarks.Stream;
using StackExchange.Redis;

namespace Fintech.Benchmarks.Hub;

/// <summary>The whole way to the browsers: load generator, Redis, worker, PostgreSQL, dashboard and its clients, all on this machine.</summary>
internal sealed class HubBenchmark(BenchmarkOptions options)
{
    private static readonly string[] Windows = ["5m", "1h", "today", "all"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly int clients = options.Number("clients", 1_000);
    /// <summary>Beside the others: they subscribe and never read.</summary>
    private readonly int stalled = options.Number("stalled", 10);
    private readonly int rate = options.Number("rate", 10_000);
    private readonly TimeSpan time = TimeSpan.FromSeconds(options.Number("seconds", 30));
    private readonly TimeSpan warmUp = TimeSpan.FromSeconds(options.Number("warm-up", 10));

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var worker = await PublishedProject.WorkerAsync(cancellationToken);
        var dashboard = await PublishedProject.DashboardAsync(cancellationToken);
        await using var servers = await BenchmarkServers.StartAsync(options, withRedis: true, cancellationToken);
        var ledger = await Ledger.CreateAsync(servers, 10_000, cancellationToken);
        var warehouse = await servers.CreateWarehouseAsync(cancellationToken);
        var process = new WorkerProcess(worker, ledger.Source, servers.Mongo, warehouse);
        await process.RunAsync([], cancellationToken);   // Customers and merchants, as they are where a platform runs already.
        await servers.SettleAsync(cancellationToken);

        await using var multiplexer = await ConnectionMultiplexer.ConnectAsync(servers.Redis);
        await using var pipe = await RedisPipe.OpenAsync(servers.Redis, cancellationToken);
        await using var streaming = process.Stream(servers.Redis);
        var feed = new FeedWatch(multiplexer.GetDatabase());
        var generator = new LoadGenerator(pipe, new EventEncoder("transactions:", Ledger.Customers));
        using var sent = new CancellationTokenSource();
        using var arrived = new CancellationTokenSource();
        var following = feed.RunAsync(arrived.Token);
        var generating = generator.RunAsync(rate, _ => true, sent.Token, cancellationToken);
        await streaming.UntilAsync("the first commit", () => feed.Committed > 0, cancellationToken);

        await using var showing = await DashboardProcess.StartAsync(dashboard, warehouse, servers.Redis, cancellationToken);
        await MeasureAsync(new UriBuilder(showing.Address) { Scheme = "ws", Path = "/hubs/live" }.Uri, showing.Service, generator, feed, cancellationToken);

        await sent.CancelAsync();
        await generating;
        await arrived.CancelAsync();
        await following;
    }

    private async Task MeasureAsync(Uri hub, ServiceProcess dashboard, LoadGenerator generator, FeedWatch feed, CancellationToken cancellationToken)
    {
        var watching = Enumerable.Range(0, clients).Select(i => new HubClient(hub, Windows[i % Windows.Length])).ToList();
        var deaf = Enumerable.Range(0, stalled).Select(i => new HubClient(hub, Windows[i % Windows.Length])).ToList();
        using var ended = new CancellationTokenSource();
        var measuring = false;
        var receiving = new List<Task>();
        try
        {
            var watch = Stopwatch.StartNew();
            foreach (var client in watching.Concat(deaf))
            {
                dashboard.AssertRunning();
                await client.ConnectAsync(cancellationToken).WaitAsync(Patience, cancellationToken);
            }

            receiving.AddRange(watching.Select(client => client.ReceiveAsync(() => Volatile.Read(ref measuring), ended.Token)));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clients + stalled:N0} clients connected in {watch.Elapsed.TotalSeconds:F1} s."));

            await Task.Delay(warmUp, cancellationToken);
            var (committedBefore, processorBefore) = (feed.Committed, ProcessorTimes.Read());
            watch.Restart();
            Volatile.Write(ref measuring, true);
            await Task.Delay(time, cancellationToken);
            Volatile.Write(ref measuring, false);
            var seconds = watch.Elapsed.TotalSeconds;
            var committed = feed.Committed - committedBefore;
            var processor = ProcessorTimes.Read().Since(processorBefore, committed);
            dashboard.AssertRunning();
            if (receiving.FirstOrDefault(task => task.IsFaulted) is { } failed)
                await failed;
            Tell(watching, seconds, committed, generator.Confirmed - feed.Committed, processor, dashboard.PeakMegabytes());
        }
        finally
        {
            await ended.CancelAsync();
            foreach (var client in watching.Concat(deaf))
                await client.DisposeAsync();
            await Task.WhenAll(receiving).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);   // Cut off in the midst of a frame.
        }
    }

    private void Tell(List<HubClient> watching, double seconds, long committed, long lag, string processor, double peak)
    {
        var ages = new Latencies();
        foreach (var client in watching)
            ages.Add(client.Ages);
        var frames = watching.Sum(client => client.Frames);
        var slowest = watching.Min(client => client.Frames) / seconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            Hub, {clients:N0} clients and {stalled:N0} that do not read, at {rate:N0} transactions/s for {seconds:F0} s after {warmUp.TotalSeconds:F0} s
              committed  {committed / seconds,9:N0}/s   lag {lag:N0} entries at the end
              frames     {frames / seconds,9:N0}/s of {watching.Sum(client => client.Bytes) / Math.Max(1, frames) / 1024.0:F1} KiB; a client {slowest:F1} to {watching.Max(client => client.Frames) / seconds:F1}/s
              age        {ages}, from reading the warehouse to the last byte at the client
              processor  {processor} a transaction; the dashboard's memory at most {peak:F0} MB
            RESULT hub clients={clients} frames_per_s_min={slowest:F1} p99_ms={ages.Quantile(0.99)} rss_mb={peak:F0}
            """));
    }
}
