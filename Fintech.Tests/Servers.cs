using Aspire.Hosting.Testing;
using Fintech.Tests.Platform;
using MongoDB.Driver;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace Fintech.Tests;

/// <summary>
/// One platform for all tests of the assembly, started when the first of them asks for it. Loader and processor tests use
/// only its servers, each with a database of its own; while developing, these can be given as connection strings instead:
/// <c>FINTECH_TEST_POSTGRES</c>, <c>FINTECH_TEST_REDIS</c>, <c>FINTECH_TEST_MONGO</c>.
/// </summary>
public sealed class Servers : IAsyncDisposable
{
    private readonly List<Database> databases = [];
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

    /// <summary>A new, empty database: the connection string to it. Dropped when a later test of the same class asks for one, or when all tests end.</summary>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken)
    {
        var context = TestContext.Current;
        var database = new Database($"test_{Guid.NewGuid():n}", context.TestCollection?.UniqueID, context.Test?.UniqueID);
        var postgres = await PostgresAsync();
        await using var connection = new NpgsqlConnection(postgres);
        await connection.OpenAsync(cancellationToken);

        // All tests together would fill a small disk. Those of one class run one after another, so that the former ones are over.
        foreach (var former in TakeWhere(other => other.Class == database.Class && other.Test is not null && other.Test != database.Test))
            await DropAsync(connection, former, cancellationToken);

        await using var create = new NpgsqlCommand($"create database {database.Name}", connection);
        await create.ExecuteNonQueryAsync(cancellationToken);
        lock (databases)
            databases.Add(database);
        return new NpgsqlConnectionStringBuilder(postgres) { Database = database.Name, MaxPoolSize = 20 }.ConnectionString;
    }

    /// <summary>Drops one before its test ends: for a test that fills many.</summary>
    public async Task DropDatabaseAsync(string connectionString, CancellationToken cancellationToken)
    {
        var name = new NpgsqlConnectionStringBuilder(connectionString).Database;
        await using var connection = new NpgsqlConnection(await PostgresAsync());
        await connection.OpenAsync(cancellationToken);
        foreach (var database in TakeWhere(other => other.Name == name))
            await DropAsync(connection, database, cancellationToken);
    }

    private List<Database> TakeWhere(Predicate<Database> predicate)
    {
        lock (databases)
        {
            var taken = databases.FindAll(predicate);
            databases.RemoveAll(predicate);
            return taken;
        }
    }

    private static async Task DropAsync(NpgsqlConnection connection, Database database, CancellationToken cancellationToken)
    {
        await using var drop = new NpgsqlCommand($"drop database if exists {database.Name} with (force)", connection) { CommandTimeout = 300 };
        await drop.ExecuteNonQueryAsync(cancellationToken);
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
        if (TakeWhere(_ => true) is { Count: > 0 } left)
        {
            NpgsqlConnection.ClearAllPools();
            await using var connection = new NpgsqlConnection(await PostgresAsync());
            await connection.OpenAsync();
            foreach (var database in left)
                await DropAsync(connection, database, CancellationToken.None);
        }

        if (platform.IsValueCreated)
            await (await platform.Value).DisposeAsync();

        await Telemetry.DisposeAsync();
    }

    /// <param name="Test">Null for one of a fixture, which all tests of the class share.</param>
    private sealed record Database(string Name, string? Class, string? Test);
}
