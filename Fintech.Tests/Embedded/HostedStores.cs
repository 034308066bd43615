using System.Diagnostics;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using MongoDB.Driver;
using Npgsql;
using StackExchange.Redis;

namespace Fintech.Tests.Embedded;

/// <summary>One server of each kind, as the AppHost would run them.</summary>
internal sealed class HostedStores(IDistributedApplicationTestingBuilder builder, DistributedApplication application) : IAsyncDisposable
{
    public DistributedApplication Application => application;

    public IConnectionMultiplexer Redis { get; private set; } = null!;

    public IMongoDatabase Mongo { get; private set; } = null!;

    public static async Task<HostedStores> StartAsync(string data, CancellationToken cancellationToken)
    {
        var builder = DistributedApplicationTestingBuilder.Create($"--Embedded:DataFolder={data}");
        builder.AddPostgres("dwh").WithDataVolume().AddDatabase("warehouse");
        builder.AddRedis("redis").WithDataVolume().WithArgs("--appendonly", "yes");
        builder.AddMongoDB("mongo").WithDataVolume().AddDatabase("merchants");

        var stores = new HostedStores(builder, await builder.BuildAsync(cancellationToken));
        try
        {
            await stores.Application.StartAsync(cancellationToken);
            foreach (var name in new[] { "dwh", "warehouse", "redis", "merchants" })
                await stores.Application.ResourceNotifications.WaitForResourceHealthyAsync(name, cancellationToken);
        }
        catch
        {
            await builder.DisposeAsync(); // The folder is free again for the test that goes on.
            throw;
        }

        stores.Redis = await ConnectionMultiplexer.ConnectAsync(await stores.AddressAsync("redis"));
        stores.Mongo = new MongoClient(await stores.AddressAsync("merchants")).GetDatabase("merchants");
        return stores;
    }

    public async Task<string> AddressAsync(string name) => (await application.GetConnectionStringAsync(name))!;

    public async Task<object?> ExecuteAsync(string sql)
    {
        await using var dataSource = NpgsqlDataSource.Create(await AddressAsync("warehouse"));
        await using var command = dataSource.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    public async Task KillAndAwaitRestartAsync(string name, CancellationToken cancellationToken)
    {
        var before = (await application.ResourceNotifications.WaitForResourceHealthyAsync(name, cancellationToken)).ProcessId();
        Process.GetProcessById(before).Kill();

        await application.ResourceNotifications.WaitForResourceAsync(
            name,
            e => e.Snapshot.State?.Text == KnownResourceStates.Running && e.ProcessId() != before && e.Snapshot.HealthReports.All(r => r.Status is not null),
            cancellationToken);
        await application.ResourceNotifications.WaitForResourceHealthyAsync(name, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Redis.DisposeAsync();
        await builder.DisposeAsync();
    }
}
