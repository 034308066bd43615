using Aspire.Hosting;
using Aspire.Hosting.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Embedded;

/// <summary>The real servers that the stand-ins run are back with their data, however they ended.</summary>
public sealed class HostingRestartTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("fintech-restart-").FullName;
    private readonly CancellationTokenSource _deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    public HostingRestartTests() => _deadline.CancelAfter(TimeSpan.FromMinutes(3));

    public void Dispose()
    {
        _deadline.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task Everything_written_is_there_after_a_restart()
    {
        await using (var stores = await HostedStores.StartAsync(_data, _deadline.Token))
        {
            await stores.ExecuteAsync("CREATE TABLE kept (id int); INSERT INTO kept VALUES (42)");
            await stores.Redis.GetDatabase().StringSetAsync("kept", "42");
            await stores.Mongo.GetCollection<BsonDocument>("kept").InsertOneAsync(new("_id", 42), cancellationToken: _deadline.Token);
        }

        await using var again = await HostedStores.StartAsync(_data, _deadline.Token);
        Assert.Equal(42, await again.ExecuteAsync("SELECT id FROM kept"));
        Assert.Equal("42", await again.Redis.GetDatabase().StringGetAsync("kept"));
        Assert.Equal(1, await again.Mongo.GetCollection<BsonDocument>("kept").CountDocumentsAsync(new BsonDocument("_id", 42), cancellationToken: _deadline.Token));
    }

    [Fact]
    public async Task A_killed_server_comes_back_with_what_it_acknowledged()
    {
        await using var stores = await HostedStores.StartAsync(_data, _deadline.Token);
        await stores.ExecuteAsync("CREATE TABLE kept (id int); INSERT INTO kept VALUES (42)");
        await stores.Mongo.GetCollection<BsonDocument>("kept").InsertOneAsync(new("_id", 42), cancellationToken: _deadline.Token);

        await stores.KillAndAwaitRestartAsync("dwh", _deadline.Token);
        await stores.KillAndAwaitRestartAsync("mongo", _deadline.Token);
        await stores.KillAndAwaitRestartAsync("redis", _deadline.Token);

        NpgsqlConnection.ClearAllPools();
        Assert.Equal(42, await stores.ExecuteAsync("SELECT id FROM kept"));
        Assert.Equal(1, await stores.Mongo.GetCollection<BsonDocument>("kept").CountDocumentsAsync(new BsonDocument(), cancellationToken: _deadline.Token));
    }

    [Fact]
    public async Task Data_made_with_another_password_fail_the_start_with_a_sentence_instead_of_trying_for_ever()
    {
        await using (var stores = await HostedStores.StartAsync(_data, _deadline.Token))
            await stores.ExecuteAsync("CREATE TABLE kept (id int)");

        var secrets = Path.Combine(_data, "secrets.json");
        File.Move(secrets, secrets + ".lost");
        var refusal = await Assert.ThrowsAsync<DistributedApplicationException>(() => HostedStores.StartAsync(_data, _deadline.Token));
        Assert.Contains("'dwh' refuses its password: its data were made with another one. Restore the file secrets.json", refusal.Message);

        File.Move(secrets + ".lost", secrets, overwrite: true);
        await using var again = await HostedStores.StartAsync(_data, _deadline.Token);
        Assert.Equal(0L, await again.ExecuteAsync("SELECT count(*) FROM kept"));
    }

    [Fact]
    public async Task A_second_AppHost_on_the_same_folder_is_told_who_holds_it()
    {
        await using var first = Build(_data);
        var firstApp = await first.BuildAsync(_deadline.Token);
        await firstApp.StartAsync(_deadline.Token);

        await using var second = Build(_data);
        var secondApp = await second.BuildAsync(_deadline.Token);
        var refusal = await Assert.ThrowsAsync<DistributedApplicationException>(() => secondApp.StartAsync(_deadline.Token));

        Assert.Contains($"{_data} is in use by another AppHost (process {Environment.ProcessId})", refusal.Message);

        static IDistributedApplicationTestingBuilder Build(string data) =>
            DistributedApplicationTestingBuilder.Create($"--Embedded:DataFolder={data}");
    }

    [Fact]
    public async Task Two_AppHosts_on_two_folders_run_side_by_side()
    {
        await using var first = Build("first");
        await using var second = Build("second");
        var apps = await Task.WhenAll(StartAsync(first), StartAsync(second));

        var addresses = await Task.WhenAll(apps.Select(app => app.GetConnectionStringAsync("redis", _deadline.Token).AsTask()));
        Assert.NotEqual(addresses[0], addresses[1]);

        IDistributedApplicationTestingBuilder Build(string folder)
        {
            var builder = DistributedApplicationTestingBuilder.Create($"--Embedded:DataFolder={Path.Combine(_data, folder)}");
            builder.AddRedis("redis").WithDataVolume();
            return builder;
        }

        async Task<DistributedApplication> StartAsync(IDistributedApplicationTestingBuilder builder)
        {
            var app = await builder.BuildAsync(_deadline.Token);
            await app.StartAsync(_deadline.Token);
            await app.ResourceNotifications.WaitForResourceHealthyAsync("redis", _deadline.Token);
            return app;
        }
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task Data_whose_folder_the_servers_account_cannot_reach_are_kept_where_it_can()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root runs PostgreSQL as another account.");
        var closed = Directory.CreateDirectory(Path.Combine(_data, "closed"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var data = Path.Combine(closed.FullName, "data");

        await using (var stores = await HostedStores.StartAsync(data, _deadline.Token))
            await stores.ExecuteAsync("CREATE TABLE kept (id int); INSERT INTO kept VALUES (42)");

        var place = new DirectoryInfo(Path.Combine(data, "dwh")).ResolveLinkTarget(returnFinalTarget: true)!.FullName;
        try
        {
            await using var again = await HostedStores.StartAsync(data, _deadline.Token);
            Assert.Equal(42, await again.ExecuteAsync("SELECT id FROM kept"));
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
    }
}
