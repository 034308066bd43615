using Aspire.Hosting.Testing;
using Fintech.Tests.Platform;
using MongoDB.Driver;
using Npgsql;
using StackExchange.Redis;

namespace Fintech.Tests;

/// <summary>
/// One platform for all tests of the assembly, started when the first of them asks for it. Loader and processor tests use
/// only its servers, each with a database of its own; while developing, these can be given as connection strings instead:
/// <c>FINTECH_TEST_POSTGRES</c>, <c>FINTECH_TEST_REDIS</c>, <c>FINTECH_TEST_MONGO</c>.
/// </summary>
public sealed class Servers : IAsyncDisposable
{
    private readonly List<string> databases = [];
    private readonly Lazy<Task<RunningPlatform>> platform;
    private int redisDatabase;

    public Servers() => platform = new(StartPlatformAsync);

    internal OtlpReceiver Telemetry { get; } = new();

    internal Task<RunningPlatform> Platform => platform.Value;

    private async Task<RunningPlatform> StartPlatformAsync()
    {
        await Telemetry.StartAsync(CancellationToken.None);
        return await RunningPlatform.StartAsync(["--Etl:Interval=00:00:05"], Telemetry, CancellationToken.None);
    }

    private async Task<string> AddressAsync(string variable, string resource) => Environment.GetEnvironmentVariable(variable)
        ?? await (await Platform).Application.GetConnectionStringAsync(resource)
        ?? throw new InvalidOperationException($"Resource '{resource}' has no connection string.");

    private Task<string> PostgresAsync() => AddressAsync("FINTECH_TEST_POSTGRES", "dwh");

    /// <summary>A new, empty database: the connection string to it. Dropped when the tests end.</summary>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken)
    {
        var postgres = await PostgresAsync();
        var name = $"test_{Guid.NewGuid():n}";
        await using var connection = new NpgsqlConnection(postgres);
        await connection.OpenAsync(cancellationToken);
        await using var create = new NpgsqlCommand($"create database {name}", connection);
        await create.ExecuteNonQueryAsync(cancellationToken);
        lock (databases)
            databases.Add(name);
        return new NpgsqlConnectionStringBuilder(postgres) { Database = name, MaxPoolSize = 20 }.ConnectionString;
    }

    /// <summary>A connection to an emptied logical Redis database that no other test of this run uses.</summary>
    public async Task<IConnectionMultiplexer> ConnectRedisAsync()
    {
        var options = ConfigurationOptions.Parse(await AddressAsync("FINTECH_TEST_REDIS", "redis"));
        options.DefaultDatabase = Interlocked.Increment(ref redisDatabase);
        options.AllowAdmin = true;
        var connection = await ConnectionMultiplexer.ConnectAsync(options);
        await connection.GetDatabase().ExecuteAsync("FLUSHDB");
        return connection;
    }

    /// <summary>A new, empty Mongo database.</summary>
    public async Task<IMongoDatabase> CreateMongoDatabaseAsync() => new MongoClient(await MongoAsync()).GetDatabase($"test_{Guid.NewGuid():n}");

    /// <summary>The server itself, for a process that connects to it.</summary>
    public Task<string> MongoAsync() => AddressAsync("FINTECH_TEST_MONGO", "mongo");

    public async ValueTask DisposeAsync()
    {
        if (databases.Count > 0)
        {
            NpgsqlConnection.ClearAllPools();
            await using var connection = new NpgsqlConnection(await PostgresAsync());
            await connection.OpenAsync();
            foreach (var name in databases)
            {
                await using var drop = new NpgsqlCommand($"drop database if exists {name} with (force)", connection) { CommandTimeout = 300 };
                await drop.ExecuteNonQueryAsync();
            }
        }

        if (platform.IsValueCreated)
            await (await platform.Value).DisposeAsync();

        await Telemetry.DisposeAsync();
    }
}
