using System.Text.Json;
using Fintech.Contracts;
using Fintech.Etl.Worker.Streaming;
using Fintech.Tests.Warehouse;
using Npgsql;
using StackExchange.Redis;

namespace Fintech.Tests.Dashboard;

/// <summary>What the dashboard of one test reads from: a migrated warehouse and a Redis database of its own.</summary>
internal sealed class Stage(WarehouseDatabase warehouse, IConnectionMultiplexer redis) : IAsyncDisposable
{
    public WarehouseDatabase Warehouse => warehouse;

    public IConnectionMultiplexer Redis => redis;

    public static async Task<Stage> SetAsync(Servers servers, CancellationToken cancellationToken) =>
        new(await WarehouseDatabase.CreateAsync(servers, cancellationToken), await servers.ConnectRedisAsync());

    public Task<DashboardApp> StartAsync(CancellationToken cancellationToken, params string[] settings) =>
        DashboardApp.StartAsync(warehouse.ConnectionString, redis.Configuration, cancellationToken, settings);

    /// <summary>The bell of one committed transaction.</summary>
    public Task RingAsync(string id, string merchant = "Corner Cafe", string? traceparent = null, IDatabase? at = null)
    {
        var now = DateTimeOffset.UtcNow;
        var entry = new FeedEntry
        {
            Partition = 0,
            From = "0-0",
            To = "0-0",
            Count = 1,
            CommittedAt = now,
            Sample =
            [
                new FeedTransaction
                {
                    TransactionId = id,
                    CustomerId = 42,
                    Amount = 19.99m,
                    Currency = "USD",
                    MerchantName = merchant,
                    Category = "Restaurants",
                    OccurredAt = now,
                    ReceivedAt = now.AddMilliseconds(-20),
                },
            ],
            Alerts = [],
            Traces = traceparent is null ? [] : [traceparent],
        };
        return (at ?? redis.GetDatabase()).StreamAddAsync(
            StreamNames.Feed, StreamNames.PayloadField, JsonSerializer.SerializeToUtf8Bytes(entry, ContractsJson.Default.FeedEntry));
    }

    /// <summary>As a worker's session holds a partition: by a lock that ends with its connection. Without one the badge says that nobody is there.</summary>
    public async Task<IAsyncDisposable> HoldStreamsAsync(CancellationToken cancellationToken)
    {
        var session = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(warehouse.ConnectionString) { Pooling = false }.ConnectionString);
        await session.OpenAsync(cancellationToken);
        await using var hold = new NpgsqlCommand($"select pg_advisory_lock({StreamSession.PartitionLock}, 0)", session);
        await hold.ExecuteNonQueryAsync(cancellationToken);
        return session;
    }

    /// <summary>As with a server that is gone: whoever is connected is thrown out, and nobody is let in.</summary>
    public async Task CloseWarehouseAsync(CancellationToken cancellationToken)
    {
        var name = new NpgsqlConnectionStringBuilder(warehouse.ConnectionString).Database;
        await AdministerAsync($"alter database {name} with allow_connections false", cancellationToken);
        await AdministerAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'", cancellationToken);
    }

    public async Task OpenWarehouseAsync(CancellationToken cancellationToken)
    {
        await AdministerAsync($"alter database {new NpgsqlConnectionStringBuilder(warehouse.ConnectionString).Database} with allow_connections true", cancellationToken);
        warehouse.DataSource.Clear();
    }

    private async Task AdministerAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(warehouse.ConnectionString) { Database = "postgres", Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await redis.DisposeAsync();
        await warehouse.DisposeAsync();
    }
}
