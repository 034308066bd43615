using Aspire.Hosting.Testing;
using MongoDB.Driver;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace Fintech.Tests.Embedded;

/// <summary>The real servers that the stand-ins run: durable, and closed to strangers.</summary>
public sealed class HostingServersTests(HostingServersTests.Servers servers) : IClassFixture<HostingServersTests.Servers>
{
    private readonly HostedStores _stores = servers.Stores;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_wrong_password_is_refused_by_every_server()
    {
        var postgres = new NpgsqlConnectionStringBuilder(await _stores.AddressAsync("warehouse")) { Password = "guess", Pooling = false };
        await using var connection = new NpgsqlConnection(postgres.ToString());
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync(Cancelled));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refusal.SqlState);

        var redis = ConfigurationOptions.Parse(await _stores.AddressAsync("redis"));
        redis.Password = "guess";
        await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectionMultiplexer.ConnectAsync(redis));

        var mongo = new MongoUrlBuilder(await _stores.AddressAsync("merchants")) { Password = "guess" };
        using var client = new MongoClient(mongo.ToMongoUrl());
        await Assert.ThrowsAsync<MongoAuthenticationException>(() => client.GetDatabase("merchants").ListCollectionNamesAsync(cancellationToken: Cancelled));
    }

    [Fact]
    public async Task No_password_is_refused_by_every_server()
    {
        var postgres = new NpgsqlConnectionStringBuilder(await _stores.AddressAsync("warehouse")) { Password = null, Passfile = "/dev/null", Pooling = false };
        await using var connection = new NpgsqlConnection(postgres.ToString());
        var refusal = await Assert.ThrowsAnyAsync<NpgsqlException>(() => connection.OpenAsync(Cancelled));
        Assert.Contains("No password has been provided but the backend requires one", refusal.Message);

        var redis = ConfigurationOptions.Parse(await _stores.AddressAsync("redis"));
        redis.Password = null;
        var closed = await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectionMultiplexer.ConnectAsync(redis));
        Assert.Contains("NOAUTH", closed.ToString());

        var mongo = new MongoUrl(await _stores.AddressAsync("merchants"));
        using var client = new MongoClient($"mongodb://{mongo.Server}");
        var unauthorized = await Assert.ThrowsAsync<MongoCommandException>(() => client.GetDatabase("merchants").ListCollectionNamesAsync(cancellationToken: Cancelled));
        Assert.Equal("Unauthorized", unauthorized.CodeName);
    }

    [Fact]
    public async Task No_server_can_be_reached_from_another_machine()
    {
        foreach (var name in new[] { "dwh", "mongo", "redis" })
        {
            var port = _stores.Application.GetEndpoint(name).Port;
            Assert.All(
                System.Net.NetworkInformation.IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Where(l => l.Port == port),
                listener => Assert.True(System.Net.IPAddress.IsLoopback(listener.Address), $"{name} listens on {listener}"));
        }
    }

    [Fact]
    public async Task PostgreSQL_18_keeps_its_promise_of_durability_and_its_texts_in_UTF8()
    {
        Assert.StartsWith("18.", (string)(await _stores.ExecuteAsync("SHOW server_version"))!);
        Assert.Equal("on on on", await _stores.ExecuteAsync("SELECT concat_ws(' ', current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes'))"));
        Assert.Equal("UTF8", await _stores.ExecuteAsync("SHOW server_encoding"));
        Assert.Equal("ÄÉ", await _stores.ExecuteAsync("SELECT upper('äé')"));
        Assert.Equal("yes", (await _stores.Redis.GetDatabase().ExecuteAsync("CONFIG", "GET", "appendonly"))[1].ToString());
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task Secrets_and_data_are_for_their_owner_alone()
    {
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(servers.Data, "secrets.json")));
        foreach (var folder in new[] { "dwh", "redis", "mongo" })
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(servers.Data, folder)));
    }

    public sealed class Servers : IAsyncLifetime
    {
        internal HostedStores Stores { get; private set; } = null!;

        public string Data { get; } = Directory.CreateTempSubdirectory("fintech-servers-").FullName;

        public async ValueTask InitializeAsync()
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(3));
            Stores = await HostedStores.StartAsync(Data, deadline.Token);
        }

        public async ValueTask DisposeAsync()
        {
            await Stores.DisposeAsync();
            Directory.Delete(Data, recursive: true);
        }
    }
}
