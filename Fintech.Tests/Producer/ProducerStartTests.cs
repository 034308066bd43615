using Fintech.Producer.History;
using Fintech.Producer.Live;
using Fintech.Producer.PubSub;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace Fintech.Tests.Producer;

public sealed class ProducerStartTests(Servers servers)
{
    /// <summary>With rate zero nobody asks it anything.</summary>
    private const string NoRedis = "127.0.0.1:1,abortConnect=false,connectTimeout=100,connectRetry=0";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_producer_is_healthy_once_the_history_is_complete_however_late_the_source_comes()
    {
        var address = new NpgsqlConnectionStringBuilder(await servers.CreateDatabaseAsync(Cancelled)) { Pooling = false };
        await AllowConnectionsAsync(address, allowed: false);

        using var host = await StartAsync(address.ConnectionString, new() { ["Producer:History:Transactions"] = "1000" });
        var health = host.Services.GetRequiredService<HealthCheckService>();
        var failed = await Eventually.ReadAsync(
            "a failed attempt", health.CheckHealthAsync, report => report.Entries["history"].Exception is not null, TimeSpan.FromSeconds(30), Cancelled);
        Assert.Equal(HealthStatus.Unhealthy, failed.Status);

        await AllowConnectionsAsync(address, allowed: true);
        await Eventually.ReadAsync(
            "a healthy producer", health.CheckHealthAsync, report => report.Status == HealthStatus.Healthy, TimeSpan.FromSeconds(30), Cancelled);

        await using var connection = new NpgsqlConnection(address.ConnectionString);
        await connection.OpenAsync(Cancelled);
        await using var count = new NpgsqlCommand("SELECT count(*) FROM transactions", connection);
        Assert.Equal(1_000L, await count.ExecuteScalarAsync(Cancelled));
    }

    [Fact]
    public async Task A_history_that_is_switched_off_touches_no_store_and_is_healthy()
    {
        using var host = await StartAsync("Host=127.0.0.1;Port=1", new() { ["Producer:History:Enabled"] = "false" });
        var health = host.Services.GetRequiredService<HealthCheckService>();

        await Eventually.ReadAsync(
            "a healthy producer", health.CheckHealthAsync, report => report.Status == HealthStatus.Healthy, TimeSpan.FromSeconds(30), Cancelled);
    }

    [Theory]
    [InlineData("Producer:Rate", "-2")]
    [InlineData("Producer:Limit", "-1")]
    [InlineData("Producer:TracedPerSecond", "-1")]
    [InlineData("Producer:History:Customers", "0")]
    [InlineData("Producer:History:Merchants", "0")]
    [InlineData("Producer:History:Transactions", "-1")]
    [InlineData("Producer:History:Days", "0")]
    [InlineData("Stream:Partitions", "0")]
    [InlineData("Stream:Ceiling:StreamEntries", "0")]
    [InlineData("Stream:Ceiling:StreamBytes", "0")]
    [InlineData("Stream:Ceiling:TotalEntries", "0")]
    [InlineData("Stream:Ceiling:TotalBytes", "0")]
    [InlineData("Stream:Ceiling:Interval", "00:00:00")]
    [InlineData("Producer:PubSub:Lease", "00:00:00.5")]
    public async Task A_setting_that_makes_no_sense_is_refused_by_name(string key, string value)
    {
        var fault = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync("Host=127.0.0.1;Port=1", new() { [key] = value }));

        Assert.Contains(key, fault.Message, StringComparison.Ordinal);
    }

    private async Task<IHost> StartAsync(string source, Dictionary<string, string> settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["Producer:Rate"] = "0";
        foreach (var (key, value) in settings)
        {
            builder.Configuration[key] = value;
        }

        builder.Services.AddSingleton(NpgsqlDataSource.Create(source));
        builder.Services.AddSingleton(await servers.CreateMongoDatabaseAsync());
        builder.Services.AddSingleton<IConnectionMultiplexer>(await ConnectionMultiplexer.ConnectAsync(NoRedis));
        builder.AddHistory();
        builder.AddLiveStream();
        builder.AddPubSubIntake();
        var host = builder.Build();
        await host.StartAsync(Cancelled);
        return host;
    }

    private static async Task AllowConnectionsAsync(NpgsqlConnectionStringBuilder database, bool allowed)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Database = "postgres" }.ConnectionString);
        await connection.OpenAsync(Cancelled);
        await using var command = new NpgsqlCommand($"ALTER DATABASE {database.Database} ALLOW_CONNECTIONS {allowed}", connection);
        await command.ExecuteNonQueryAsync(Cancelled);
    }
}
