using MongoDB.Driver;
using Npgsql;
using StackExchange.Redis;

namespace Fintech.Tests;

/// <summary>
/// The servers that loader and processor tests use, started when the first test asks, each test with a database of its own.
/// While developing they can be given as connection strings instead: <c>FINTECH_TEST_POSTGRES</c>, <c>FINTECH_TEST_REDIS</c>
/// and <c>FINTECH_TEST_MONGO</c>.
/// </summary>
public sealed class Servers : IAsyncDisposable
{
    private readonly List<string> databases = [];
    private readonly Lazy<Task<Addresses>> addresses;
    private int redisDatabase;

    public Servers() => addresses = new(StartAsync);

    private sealed record Addresses(string Postgres, string Redis, string Mongo);

    private static Task<Addresses> StartAsync() =>
        Task.FromResult(new Addresses(Given("FINTECH_TEST_POSTGRES"), Given("FINTECH_TEST_REDIS"), Environment.GetEnvironmentVariable("FINTECH_TEST_MONGO") ?? ""));

    private static string Given(string name) => Environment.GetEnvironmentVariable(name)
        ?? throw new InvalidOperationException($"{name} is not set.");

    /// <summary>A new, empty database: the connection string to it. Dropped when the tests end.</summary>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken)
    {
        var postgres = (await addresses.Value).Postgres;
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
        var options = ConfigurationOptions.Parse((await addresses.Value).Redis);
        options.DefaultDatabase = Interlocked.Increment(ref redisDatabase);
        options.AllowAdmin = true;
        var connection = await ConnectionMultiplexer.ConnectAsync(options);
        await connection.GetDatabase().ExecuteAsync("FLUSHDB");
        return connection;
    }

    /// <summary>A new, empty Mongo database.</summary>
    public async Task<IMongoDatabase> CreateMongoDatabaseAsync() => new MongoClient((await addresses.Value).Mongo).GetDatabase($"test_{Guid.NewGuid():n}");

    public async ValueTask DisposeAsync()
    {
        if (!addresses.IsValueCreated)
            return;

        NpgsqlConnection.ClearAllPools();
        await using var connection = new NpgsqlConnection((await addresses.Value).Postgres);
        await connection.OpenAsync();
        foreach (var name in databases)
        {
            await using var drop = new NpgsqlCommand($"drop database if exists {name} with (force)", connection);
            await drop.ExecuteNonQueryAsync();
        }
    }
}
