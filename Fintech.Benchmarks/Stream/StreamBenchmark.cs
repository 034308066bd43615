using System.Diagnostics;
using System.Globalization;
using Fintech.Benchmarks.Etl;
using StackExchange.Redis;

namespace Fintech.Benchmarks.Stream;

/// <summary>
/// The real-time path end to end: a load generator, Redis with its append-only file, the worker as a process of its own and PostgreSQL,
/// all on this machine; then, alone, the two limits.
/// </summary>
internal sealed class StreamBenchmark(BenchmarkOptions options)
{
    private const string Unlimited = "max";

    private readonly int rate = options.Text("rate") is Unlimited ? 0 : options.Number("rate", 10_000);
    private readonly TimeSpan time = TimeSpan.FromSeconds(options.Number("seconds", 30));
    private readonly TimeSpan warmUp = TimeSpan.FromSeconds(options.Number("warm-up", 10));
    private readonly int customers = options.Number("customers", Ledger.Customers);

    /// <summary>With rate max: so many are on their way from Redis to the feed, never more, so that the lag stays flat.</summary>
    private readonly int window = options.Number("window", 40_000);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var assembly = await PublishedProject.WorkerAsync(cancellationToken);
        await using var servers = await BenchmarkServers.StartAsync(options, withRedis: true, cancellationToken);
        var ledger = await Ledger.CreateAsync(servers, 10_000, cancellationToken);
        var warehouse = await servers.CreateWarehouseAsync(cancellationToken);
        var worker = new WorkerProcess(assembly, ledger.Source, servers.Mongo, warehouse);
        await worker.RunAsync([], cancellationToken);   // Customers and merchants, as they are where a platform runs already.
        await servers.SettleAsync(cancellationToken);

        var measured = await MeasureAsync(worker, servers.Redis, warehouse, cancellationToken);
        await servers.SettleAsync(cancellationToken);
        var redisLimit = await StreamLimit.RedisAsync(servers.Redis, customers, TimeSpan.FromSeconds(5), cancellationToken);
        var rows = await StreamLimit.RowsAsync(warehouse, cancellationToken);
        var copyLimit = await StreamLimit.CopyAsync(warehouse, rows, cancellationToken);
        var together = await StreamLimit.TogetherAsync(servers.Redis, warehouse, rows, customers, cancellationToken);
        var limit = Math.Min(redisLimit, copyLimit);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
              limits     {redisLimit:N0}/s added to and read from Redis alone, {copyLimit:N0}/s copied into a table with the same key alone;
                         {together:N0}/s both at once, of which the path has {measured.Sustained / together:F2}
            {measured.Result} limit={limit:F0} ratio={measured.Sustained / limit:F2} {measured.Times}
            """));
    }

    private async Task<(double Sustained, string Result, string Times)> MeasureAsync(
        WorkerProcess start, string redis, string warehouse, CancellationToken cancellationToken)
    {
        await using var client = await ConnectionMultiplexer.ConnectAsync(redis);
        await using var pipe = await RedisPipe.OpenAsync(redis, cancellationToken);
        await using var worker = start.Stream(redis);
        var feed = new FeedWatch(client.GetDatabase());
        var generator = new LoadGenerator(pipe, new EventEncoder("transactions:", customers));
        using var sent = new CancellationTokenSource();
        using var arrived = new CancellationTokenSource();
        var following = feed.RunAsync(arrived.Token);
        var generating = generator.RunAsync(rate, count => count - feed.Committed < window, sent.Token, cancellationToken);

        // The clock starts after the process has; what is cold in it by then is measured.
        await worker.UntilAsync("the first commit", () => feed.Committed > 0, cancellationToken);
        await RunForAsync(warmUp, generating, cancellationToken);
        var (offeredBefore, committedBefore, processorBefore) = (generator.Confirmed, feed.Committed, ProcessorTimes.Read());
        var watch = Stopwatch.StartNew();
        feed.Begin();
        await RunForAsync(time, generating, cancellationToken);
        feed.End();
        var seconds = watch.Elapsed.TotalSeconds;
        var (offered, committed) = (generator.Confirmed - offeredBefore, feed.Committed - committedBefore);
        var processor = ProcessorTimes.Read().Since(processorBefore, committed);
        var (lagBefore, lag) = (offeredBefore - committedBefore, generator.Confirmed - feed.Committed);

        await sent.CancelAsync();
        await generating;
        await worker.UntilAsync("the streams to be drained", () => feed.Committed >= generator.Confirmed, cancellationToken);
        await arrived.CancelAsync();
        await following;
        var peak = worker.PeakMegabytes();
        var books = await StreamBooks.ReadAsync(warehouse, cancellationToken);
        books.Assert(generator.Confirmed, generator.Amount);

        var sustained = committed / seconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            Stream, {(rate == 0 ? $"as fast as it goes with {window:N0} on their way" : $"{rate:N0}/s")} for {seconds:F0} s after {warmUp.TotalSeconds:F0} s, {customers:N0} customers
              offered    {offered / seconds,9:N0}/s
              sustained  {sustained,9:N0}/s   lag {lagBefore:N0} entries at the beginning, {lag:N0} at the end
              to commit  {feed.ToCommit}
              to feed    {feed.ToFeed}
              batches    {feed.Batches / seconds:N0}/s of {committed / (double)Math.Max(1, feed.Batches):N0}; the worker's memory at most {peak:F0} MB
              processor  {processor} a transaction
              books      {generator.Confirmed:N0} sent over {generator.Amount:N2}; facts {books.Facts:N0} over {books.Amount:N2}, aggregates {books.Totals:N0}, alerts {books.Alerts:N0}
            """));
        return (
            sustained,
            string.Create(CultureInfo.InvariantCulture, $"RESULT stream offered={offered / seconds:F0} sustained={sustained:F0}"),
            string.Create(CultureInfo.InvariantCulture,
                $"p50_ms={feed.ToFeed.Quantile(0.5)} p99_ms={feed.ToFeed.Quantile(0.99)} p999_ms={feed.ToFeed.Quantile(0.999)} rss_mb={peak:F0} lost={Math.Max(0, generator.Confirmed - books.Facts)} doubled={Math.Max(0, Math.Max(books.Facts, Math.Max(books.Totals, books.Categories)) - generator.Confirmed)}"));
    }

    /// <summary>A generator that fails ends the measurement.</summary>
    private static async Task RunForAsync(TimeSpan time, Task generating, CancellationToken cancellationToken)
    {
        if (await Task.WhenAny(generating, Task.Delay(time, cancellationToken)) == generating)
            await generating;
        cancellationToken.ThrowIfCancellationRequested();
    }
}
