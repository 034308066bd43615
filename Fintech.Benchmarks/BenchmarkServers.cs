using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Npgsql;

namespace Fintech.Benchmarks;

/// <summary>The platform's own servers without its services: the AppHost is the one definition of how they are set up.</summary>
internal sealed class BenchmarkServers : IAsyncDisposable
{
    private readonly DistributedApplication application;
    private readonly NpgsqlDataSource source;
    private readonly NpgsqlDataSource warehouse;
    private readonly List<(NpgsqlDataSource Server, string Database)> databases = [];

    private BenchmarkServers(DistributedApplication application, NpgsqlDataSource source, NpgsqlDataSource warehouse, string mongo, string redis)
    {
        this.application = application;
        this.source = source;
        this.warehouse = warehouse;
        Mongo = mongo;
        Redis = redis;
    }

    public string Mongo { get; }

    /// <summary>Empty where none was asked for.</summary>
    public string Redis { get; }

    public static async Task<BenchmarkServers> StartAsync(BenchmarkOptions options, bool withRedis, CancellationToken cancellationToken)
    {
        Console.WriteLine("Starting the servers.");
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Fintech_AppHost>(cancellationToken);
        foreach (var resource in builder.Resources.Where(resource => resource is ProjectResource || (resource.Name is "redis" && !withRedis)).ToList())
            builder.Resources.Remove(resource);

        var application = await builder.BuildAsync(cancellationToken);
        try
        {
            await application.StartAsync(cancellationToken);
            foreach (var name in (string[])["source", "merchants", "warehouse", .. withRedis ? ["redis"] : Array.Empty<string>()])
                await application.ResourceNotifications.WaitForResourceHealthyAsync(name, cancellationToken);

            return new BenchmarkServers(
                application,
                DataSourceOf(options.Text("source") ?? await ConnectionStringAsync("source")),
                DataSourceOf(options.Text("warehouse") ?? await ConnectionStringAsync("warehouse")),
                await ConnectionStringAsync("merchants"),
                withRedis ? await ConnectionStringAsync("redis") : "");
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }

        async Task<string> ConnectionStringAsync(string name) => await application.GetConnectionStringAsync(name, cancellationToken)
            ?? throw new BenchmarkException($"The resource {name} has no connection string.");
    }

    public Task<string> CreateSourceAsync(CancellationToken cancellationToken) => CreateAsync(source, "bench_source", cancellationToken);

    public Task<string> CreateWarehouseAsync(CancellationToken cancellationToken) => CreateAsync(warehouse, "bench_warehouse", cancellationToken);

    public async Task FillMerchantsAsync(int count, CancellationToken cancellationToken)
    {
        var url = new MongoUrl(Mongo);
        var collection = new MongoClient(url).GetDatabase(url.DatabaseName).GetCollection<BsonDocument>("merchants");
        await collection.InsertManyAsync(
            Enumerable.Range(0, count).Select(i => new BsonDocument { ["merchant_name"] = $"Merchant {i:0000}", ["category"] = $"Category {i % 12:00}" }),
            cancellationToken: cancellationToken);
    }

    /// <summary>So that no part of a measurement pays for what an earlier one wrote.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        foreach (var server in new[] { source, warehouse })
        {
            await using var checkpoint = server.CreateCommand("checkpoint");
            checkpoint.CommandTimeout = 600;
            await checkpoint.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    public async Task DropAsync(string connectionString)
    {
        var name = new NpgsqlConnectionStringBuilder(connectionString).Database!;
        var (server, database) = databases.Single(made => made.Database == name);
        await using var drop = server.CreateCommand($"drop database if exists {database} with (force)");
        drop.CommandTimeout = 300;
        await drop.ExecuteNonQueryAsync();
        databases.Remove((server, database));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (server, database) in databases.ToList())
            await DropAsync(new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = database }.ConnectionString);
        await source.DisposeAsync();
        await warehouse.DisposeAsync();
        await application.DisposeAsync();
    }

    private static NpgsqlDataSource DataSourceOf(string connectionString)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        builder.ConnectionStringBuilder.PersistSecurityInfo = true;     // The worker's process is given the same login.
        builder.ConnectionStringBuilder.Pooling = false;
        builder.ConnectionStringBuilder.CommandTimeout = 1800;
        return builder.Build();
    }

    private async Task<string> CreateAsync(NpgsqlDataSource server, string prefix, CancellationToken cancellationToken)
    {
        var name = $"{prefix}_{Guid.NewGuid():n}";
        await using var create = server.CreateCommand($"create database {name}");
        await create.ExecuteNonQueryAsync(cancellationToken);
        databases.Add((server, name));

        // Only this process must not hold connections to databases that it drops: a service that had none to keep would be measured opening them.
        return new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = name, Pooling = true }.ConnectionString;
    }
}
