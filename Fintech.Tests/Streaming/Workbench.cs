using System.Diagnostics.Metrics;
using System.Text.Json;
using Fintech.Contracts;
using Fintech.Etl.Worker.Privacy;
using Fintech.Etl.Worker.Scoring;
using Fintech.Etl.Worker.Streaming;
using Fintech.Etl.Worker.Warehouse;
using Fintech.Tests.Warehouse;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace Fintech.Tests.Streaming;

/// <summary>A warehouse and a Redis of a test's own, and processors between them without a host.</summary>
internal sealed class Workbench : IAsyncDisposable
{
    public const string PiiSecret = "only-for-tests-0123456789-0123456789-abcdefgh";

    private readonly ServiceProvider meters = new ServiceCollection().AddMetrics().BuildServiceProvider();

    private Workbench(WarehouseDatabase warehouse, IConnectionMultiplexer connection, PiiKeyRing keys, StreamOptions options, StreamSession session)
    {
        (Warehouse, Connection, Keys, Options, Session) = (warehouse, connection, keys, options, session);
        Rules = RuleSets();
        Metrics = new StreamMetrics(Meters);
    }

    public WarehouseDatabase Warehouse { get; }

    public IConnectionMultiplexer Connection { get; }

    public IDatabase Redis => Connection.GetDatabase();

    public PiiKeyRing Keys { get; }

    public StreamOptions Options { get; }

    public StreamSession Session { get; }

    public RuleSetStore Rules { get; }

    public StreamMetrics Metrics { get; }

    public FactTail Tail { get; } = new();

    public Scorers Scorers => new(Warehouse.DataSource, Tail, new ScoringMetrics(Meters), Wrap(Options), TimeProvider.System, NullLoggerFactory.Instance);

    public IMeterFactory Meters => meters.GetRequiredService<IMeterFactory>();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<Workbench> CreateAsync(Servers servers, StreamOptions? options = null, IConnectionMultiplexer? redis = null)
    {
        var warehouse = await WarehouseDatabase.CreateAsync(servers, Token);
        var keys = new PiiKeyRing(warehouse.DataSource, Microsoft.Extensions.Options.Options.Create(new PrivacyOptions { PiiKey = PiiSecret }));
        await keys.OpenAsync(Token);
        options ??= new StreamOptions();
        var session = await StreamSession.OpenAsync(warehouse.DataSource, options, Token);
        var bench = new Workbench(warehouse, redis ?? await servers.ConnectRedisAsync(), keys, options, session);
        await bench.Rules.ApplyConfigurationAsync(Token);
        return bench;
    }

    public RuleSetStore RuleSets(decimal threshold = 3000m, TimeProvider? clock = null) => new(
        Warehouse.DataSource, Wrap(new RulesOptions { HighValueThreshold = threshold }), Wrap(Options), clock ?? TimeProvider.System,
        NullLogger<RuleSetStore>.Instance);

    /// <param name="warehouse">Another way to the same warehouse.</param>
    public PartitionProcessor Processor(int partition = 0, IConnectionMultiplexer? redis = null, NpgsqlDataSource? warehouse = null) => new(
        partition, Session.RunId, Session.Counters, warehouse ?? Warehouse.DataSource, redis ?? Connection,
        new EventReader(Keys.Current, Wrap(Options), TimeProvider.System), Rules, Scorers, Metrics, Wrap(Options), TimeProvider.System,
        NullLogger<PartitionProcessor>.Instance);

    public LagMonitor LagMonitor() => new(
        new WarehouseReady(), Warehouse.DataSource, Connection, Metrics, new LagHealth(TimeProvider.System, NullLogger<LagHealth>.Instance),
        Wrap(Options), TimeProvider.System, NullLogger<LagMonitor>.Instance);

    /// <summary>Runs a processor of its own until the partition is drained.</summary>
    public async Task DrainAsync(int partition = 0)
    {
        await using var processor = Processor(partition);
        await DrainAsync(processor);
    }

    /// <summary>One that has read before, so that its next batch may have a hundred entries (<see cref="ReadSize"/>); the feed is empty again.</summary>
    public async Task<PartitionProcessor> WarmProcessorAsync()
    {
        var processor = Processor();
        for (var i = 0; i < 16; i++)
            await SendAsync(Event($"warm-{i}"));
        await DrainAsync(processor);
        await Redis.KeyDeleteAsync(StreamNames.Feed);
        return processor;
    }

    public static async Task DrainAsync(PartitionProcessor processor)
    {
        while (await processor.RunOnceAsync(Token) > 0)
        {
        }
    }

    public static TransactionEvent Event(
        string id, decimal amount = 10m, long customer = 42, string merchant = "Corner Cafe", string? currency = null, string? source = null) => new()
    {
        TransactionId = id,
        CustomerId = customer,
        Amount = amount,
        MerchantName = merchant,
        Timestamp = DateTimeOffset.UtcNow,
        Currency = currency,
        Source = source,
    };

    public Task<string> SendAsync(TransactionEvent message, int partition = 0, string? traceparent = null) =>
        SendAsync(JsonSerializer.Serialize(message, ContractsJson.Default.TransactionEvent), partition, traceparent);

    public async Task<string> SendAsync(string payload, int partition = 0, string? traceparent = null)
    {
        NameValueEntry[] fields = traceparent is null
            ? [new(StreamNames.PayloadField, payload)]
            : [new(StreamNames.PayloadField, payload), new(StreamNames.TraceField, traceparent)];
        return (string)(await Redis.StreamAddAsync(StreamNames.Transactions(partition), fields))!;
    }

    public Task<long> FactsAsync() => Warehouse.ScalarAsync<long>("select count(*) from dw.fact_transactions", Token);

    public Task<decimal> AmountAsync() => Warehouse.ScalarAsync<decimal>("select coalesce(sum(amount), 0) from dw.fact_transactions", Token);

    public Task<T> ScalarAsync<T>(string sql) => Warehouse.ScalarAsync<T>(sql, Token);

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Warehouse.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }

    /// <summary>Ends the connections of the warehouse that a condition on <c>pg_stat_activity</c> picks, as a server that goes down would.</summary>
    public async Task TerminateAsync(string condition)
    {
        await using var administrator = NpgsqlDataSource.Create(Warehouse.ConnectionString);
        await using var command = administrator.CreateCommand(
            $"select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and {condition}");
        await command.ExecuteNonQueryAsync(Token);
    }

    public async Task<List<FeedEntry>> FeedAsync() =>
        [.. (await Redis.StreamRangeAsync(StreamNames.Feed))
            .Select(entry => JsonSerializer.Deserialize((byte[])entry[StreamNames.PayloadField]!, ContractsJson.Default.FeedEntry)!)];

    /// <summary>Facts, both aggregates and the checkpoints must tell the same story.</summary>
    public async Task AssertConsistentAsync()
    {
        await using var command = Warehouse.DataSource.CreateCommand(
            """
            select (select count(*) from dw.fact_transactions),
                   (select coalesce(sum(amount), 0) from dw.fact_transactions),
                   (select coalesce(sum(transactions), 0)::bigint from dw.agg_minute_category),
                   (select coalesce(sum(amount), 0) from dw.agg_minute_category),
                   (select coalesce(sum(transactions), 0)::bigint from dw.agg_minute_total),
                   (select coalesce(sum(amount), 0) from dw.agg_minute_total),
                   (select count(*) from dw.fact_fraud_alerts),
                   (select coalesce(sum(alerts), 0)::bigint from dw.agg_minute_total)
            """);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(Token);
        await reader.ReadAsync(Token);
        Assert.Equal((reader.GetInt64(0), reader.GetDecimal(1)), (reader.GetInt64(2), reader.GetDecimal(3)));
        Assert.Equal((reader.GetInt64(0), reader.GetDecimal(1)), (reader.GetInt64(4), reader.GetDecimal(5)));
        Assert.Equal(reader.GetInt64(6), reader.GetInt64(7));
    }

    public async ValueTask DisposeAsync()
    {
        await Session.DisposeAsync();
        await Connection.DisposeAsync();
        await Warehouse.DisposeAsync();
        Rules.Dispose();
        Tail.Dispose();
        await meters.DisposeAsync();
    }

    public static IOptions<T> Wrap<T>(T options) where T : class => Microsoft.Extensions.Options.Options.Create(options);
}
