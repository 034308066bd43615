using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Fintech.Contracts;
using Fintech.Producer.Live;
using Fintech.Producer.Simulation;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Xunit;

namespace Fintech.Tests.Producer;

internal sealed record PublishedEntry(int Partition, TransactionEvent Event, string? TraceParent)
{
    private const int Partitions = 8;

    /// <summary>What is in the streams, each in its order.</summary>
    public static async Task<List<PublishedEntry>> ReadAllAsync(RedisServer redis)
    {
        await using var connection = await redis.ConnectAsync();
        var database = connection.GetDatabase();
        var entries = new List<PublishedEntry>();

        for (var partition = 0; partition < Partitions; partition++)
        {
            var after = "-";
            while (await database.StreamRangeAsync(StreamNames.Transactions(partition), after, count: 1_000) is { Length: > 0 } page)
            {
                entries.AddRange(page.Select(entry => new PublishedEntry(
                    partition,
                    JsonSerializer.Deserialize((byte[])entry[StreamNames.PayloadField]!, ContractsJson.Default.TransactionEvent)!,
                    entry[StreamNames.TraceField])));
                after = $"({page[^1].Id}";
            }
        }

        return entries;
    }
}

/// <summary>The live stream in a host of its own, as <c>AddLiveStream</c> composes it.</summary>
internal sealed class LiveStream : IAsyncDisposable
{
    public const string ApplicationName = "Fintech.Tests.LiveStream";

    private readonly IHost host;
    private readonly RedisServer redis;
    private readonly LogCollector log;

    private LiveStream(IHost host, RedisServer redis, LogCollector log) => (this.host, this.redis, this.log) = (host, redis, log);

    public Ledger Ledger => host.Services.GetRequiredService<Ledger>();

    public string Log => log.Text;

    public Task Completion => host.Services.GetServices<IHostedService>().OfType<LiveService>().Single().ExecuteTask!;

    public static async Task<LiveStream> StartAsync(RedisServer redis, double rate, long? limit = null, double tracedPerSecond = 20, params string[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = ApplicationName });
        builder.Configuration["Producer:Rate"] = FormattableString.Invariant($"{rate}");
        builder.Configuration["Producer:Limit"] = limit?.ToString(System.Globalization.CultureInfo.InvariantCulture);
        builder.Configuration["Producer:TracedPerSecond"] = FormattableString.Invariant($"{tracedPerSecond}");
        foreach (var setting in settings)
            builder.Configuration[setting[..setting.IndexOf('=')]] = setting[(setting.IndexOf('=') + 1)..];

        var log = new LogCollector();
        builder.Logging.AddProvider(log);
        builder.Services.AddSingleton<IConnectionMultiplexer>(await redis.ConnectAsync());
        builder.Services.AddSingleton(new World(customers: 500, merchants: 50, seed: 1));
        builder.AddLiveStream();

        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new LiveStream(host, redis, log);
    }

    /// <summary>Waits for the ledger to show something.</summary>
    public Task<LedgerPage> UntilAsync(string what, Func<LedgerPage, bool> arrived) => Eventually.ReadAsync(
        what, _ => Task.FromResult(Ledger.Read()), arrived, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

    public Task UntilSentAgainAsync() => Eventually.IsTrueAsync(
        "a batch that is sent again",
        _ => Task.FromResult(Log.Contains("sent again", StringComparison.Ordinal)),
        TimeSpan.FromSeconds(30),
        TestContext.Current.CancellationToken);

    public Task StopAsync() => host.StopAsync(TestContext.Current.CancellationToken);

    public Task<List<PublishedEntry>> ReadAllAsync() => PublishedEntry.ReadAllAsync(redis);

    /// <summary>Every id generated is there, the sums agree to the cent, and first entries are in order; returns the number of entries.</summary>
    public async Task<int> AssertNothingLostAsync()
    {
        var entries = await ReadAllAsync();
        var page = Ledger.Read();
        var distinct = entries.DistinctBy(entry => entry.Event.TransactionId).ToList();

        Assert.Equal(page.Generated, page.Acknowledged);
        Assert.Equal(page.Generated, distinct.Count);
        Assert.Equal(page.Amount, distinct.Sum(entry => entry.Event.Amount));
        Assert.All(distinct.GroupBy(entry => entry.Partition), partition =>
        {
            var times = partition.Select(entry => entry.Event.Timestamp).ToList();
            Assert.Equal(times.Order(), times);
        });
        return entries.Count;
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync(CancellationToken.None);
        host.Dispose();
    }
}

/// <summary>Listens to one activity source, as an exporter would, and keeps what has ended.</summary>
internal sealed class SpanCollector : IDisposable
{
    private readonly ConcurrentQueue<Activity> ended = new();
    private readonly ActivityListener listener;

    public SpanCollector(string sourceName)
    {
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == sourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
    }

    public IReadOnlyCollection<Activity> Ended => ended;

    public void Dispose() => listener.Dispose();
}
