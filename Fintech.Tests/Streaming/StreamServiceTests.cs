using Fintech.Contracts;
using Fintech.Etl.Worker.Streaming;
using Fintech.Etl.Worker.Warehouse;
using Fintech.Tests.Producer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using Xunit;

namespace Fintech.Tests.Streaming;

/// <summary>The real-time path as the worker hosts it: ownership, outages, books.</summary>
public sealed class StreamServiceTests(Servers servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_worker_waits_for_the_warehouse_then_takes_every_partition()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        using var worker = await StartAsync(bench, open: false);
        await SendAsync(bench, 0, 80);
        Assert.Equal(0L, await bench.FactsAsync());

        worker.Services.GetRequiredService<WarehouseReady>().Set();
        await FactsAsync(bench, 80);
        await worker.StopAsync(Token);
        await bench.AssertConsistentAsync();
        Assert.True(await bench.ScalarAsync<bool>(
            """
            select status = 'succeeded' and rows_read = 80 and rows_loaded = 80 and amount_loaded = 800 and rows_known = 0 and rows_quarantined = 0
               and finished_at is not null
            from etl.run where run_id = (select max(run_id) from etl.run)
            """));
    }

    [Fact]
    public async Task Partitions_go_to_another_worker_when_the_owners_connection_is_closed()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        using var first = await StartAsync(bench);
        await bench.SendAsync(Workbench.Event("t-1"));
        await FactsAsync(bench, 1);
        using var second = await StartAsync(bench);
        var owner = await bench.ScalarAsync<long>("select max(load_id) from dw.fact_transactions");

        // The first one loses its locks without being asked, and may be slow to notice: the fence covers that moment.
        for (var i = 2; i < 40; i++)
        {
            await bench.SendAsync(Workbench.Event($"t-{i}"));
            if (i == 20)
                await bench.TerminateAsync(
                    $"pid in (select pid from pg_locks where locktype = 'advisory' and classid = {StreamSession.PartitionLock})");
        }

        await FactsAsync(bench, 39);
        await Eventually.IsTrueAsync(
            "the lost session to be closed in the books",
            async _ => await bench.ScalarAsync<string>($"select status from etl.run where run_id = {owner}") == "failed", Patience, Token);
        await Eventually.ReadAsync(
            "every partition to have one owner again",
            _ => bench.ScalarAsync<long>(
                $"""
                select count(*) from pg_locks
                where locktype = 'advisory' and classid = {StreamSession.PartitionLock}
                  and database = (select oid from pg_database where datname = current_database())
                """),
            locks => locks == 8, Patience, Token);
        await first.StopAsync(Token);
        await bench.SendAsync(Workbench.Event("t-40"));
        await FactsAsync(bench, 40);
        await second.StopAsync(Token);
        await bench.AssertConsistentAsync();
        Assert.Equal(40L, await bench.ScalarAsync<long>("select sum(entries_read)::bigint from etl.stream_checkpoint"));
    }

    [Fact]
    public async Task A_session_of_a_worker_that_is_gone_is_closed_by_the_next()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        var gone = bench.Session.RunId;
        await using var alive = await StreamSession.OpenAsync(bench.Warehouse.DataSource, bench.Options, Token);
        Assert.Equal("running", await bench.ScalarAsync<string>($"select status from etl.run where run_id = {gone}"));

        await bench.Session.DisposeAsync();    // The connection ends, the books are left open.
        await using var next = await StreamSession.OpenAsync(bench.Warehouse.DataSource, bench.Options, Token);
        Assert.Equal("failed", await bench.ScalarAsync<string>($"select status from etl.run where run_id = {gone}"));
        Assert.Equal("running", await bench.ScalarAsync<string>($"select status from etl.run where run_id = {alive.RunId}"));
    }

    [Fact]
    public async Task A_partition_has_one_owner_and_is_free_when_its_session_ends()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await using var other = await StreamSession.OpenAsync(bench.Warehouse.DataSource, bench.Options, Token);
        Assert.Equal([0, 1], await bench.Session.AcquireAsync([0, 1], Token));
        Assert.Equal([2], await other.AcquireAsync([0, 1, 2], Token));

        await bench.Session.DisposeAsync();
        Assert.Equal([0, 1], await other.AcquireAsync([0, 1], Token));
    }

    [Fact]
    public async Task Redis_killed_and_started_again_in_the_middle_loses_and_doubles_nothing()
    {
        await using var server = await RedisServer.StartAsync();
        await using var bench = await Workbench.CreateAsync(servers, redis: await server.ConnectAsync());
        // With the default (every second) a server on a busy disk may acknowledge writes it has not yet handed to the system.
        await bench.Redis.ExecuteAsync("CONFIG", "SET", "appendfsync", "always");
        using var worker = await StartAsync(bench);
        await SendAsync(bench, 0, 300);
        await server.KillAsync();
        await Eventually.IsTrueAsync("the worker to miss Redis", _ => Task.FromResult(!bench.Connection.IsConnected), Patience, Token);
        server.Restart();
        await Eventually.IsTrueAsync("Redis to be back", _ => Task.FromResult(bench.Connection.IsConnected), Patience, Token);
        await SendAsync(bench, 300, 300);

        await FactsAsync(bench, 600);
        await worker.StopAsync(Token);
        await bench.AssertConsistentAsync();
    }

    [Fact]
    public async Task A_Redis_without_append_only_file_is_given_one()
    {
        await using var server = await RedisServer.StartAsync();
        await using var redis = await server.ConnectAsync();
        await redis.GetDatabase().ExecuteAsync("CONFIG", "SET", "appendonly", "no");
        var durability = new RedisDurability(redis, NullLogger<RedisDurability>.Instance);
        Assert.Equal(HealthStatus.Degraded, (await durability.CheckHealthAsync(new HealthCheckContext(), Token)).Status);

        await durability.EnsureAsync(Token);
        Assert.Equal(HealthStatus.Healthy, (await durability.CheckHealthAsync(new HealthCheckContext(), Token)).Status);

        // The first file is written by a child of the server, which outlives it.
        await Eventually.IsTrueAsync(
            "the append-only file to be written",
            async _ => $"{await redis.GetDatabase().ExecuteAsync("INFO", "persistence")}" is var info
                && info.Contains("aof_rewrite_in_progress:0") && info.Contains("aof_rewrite_scheduled:0"),
            Patience, Token);
    }

    [Fact]
    public async Task A_Redis_that_does_not_let_itself_be_configured_is_reported()
    {
        await using var server = await RedisServer.StartAsync();
        await using var redis = await server.ConnectAsync();
        await redis.GetDatabase().ExecuteAsync("CONFIG", "SET", "appendonly", "no");
        await redis.GetDatabase().ExecuteAsync("ACL", "SETUSER", "default", "-config");
        var durability = new RedisDurability(redis, NullLogger<RedisDurability>.Instance);

        await durability.EnsureAsync(Token);
        var report = await durability.CheckHealthAsync(new HealthCheckContext(), Token);
        Assert.Equal(HealthStatus.Degraded, report.Status);
        Assert.Contains("append-only", report.Description);

        await using var bench = await Workbench.CreateAsync(servers);
        using var service = new RedisDurabilityService(new WarehouseReady(), durability, bench.Warehouse.DataSource, TimeProvider.System, NullLogger<RedisDurabilityService>.Instance);
        Assert.True(await DurableOnPageAsync(bench));    // Nobody has asked yet.
        await service.LookAsync(Token);
        Assert.False(await DurableOnPageAsync(bench));
        await redis.GetDatabase().ExecuteAsync("ACL", "SETUSER", "default", "+config");
        await service.LookAsync(Token);
        Assert.True(await DurableOnPageAsync(bench));

        static async Task<bool> DurableOnPageAsync(Workbench bench)
        {
            await using var connection = await bench.Warehouse.DataSource.OpenConnectionAsync(Token);
            await using var books = new Npgsql.NpgsqlCommand("set role fintech_dashboard", connection);
            await books.ExecuteNonQueryAsync(Token);
            return (await Fintech.Dashboard.Live.Warehouse.Books.ReadAsync(connection, DateTimeOffset.UtcNow, 1, Token)).Durable;
        }
    }

    [Theory]
    [InlineData("Stream:Partitions", "0")]
    [InlineData("Stream:SourceSystem", "Bank A")]
    [InlineData("Stream:Currency", "dollars")]
    [InlineData("Rules:HighValueThreshold", "-1")]
    public async Task A_faulty_option_stops_the_start_and_is_named(string key, string value)
    {
        await using var bench = await Workbench.CreateAsync(servers);
        using var worker = Build(bench, new() { [key] = value });
        Assert.Contains(key, (await Assert.ThrowsAsync<OptionsValidationException>(() => worker.StartAsync(Token))).Message);
    }

    private static async Task<IHost> StartAsync(Workbench bench, bool open = true)
    {
        var worker = Build(bench, new() { ["Stream:MaxRetryDelay"] = "00:00:01" });
        if (open)
            worker.Services.GetRequiredService<WarehouseReady>().Set();

        await worker.StartAsync(Token);
        return worker;
    }

    /// <summary>A worker that has the real-time path only. What it shares with others of the test is not its to dispose.</summary>
    private static IHost Build(Workbench bench, Dictionary<string, string?> configuration)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection([new("Stream:FirstPassPatience", "00:00:00")]);   // No batch path here.
        builder.Configuration.AddInMemoryCollection(configuration);
        builder.Services.AddSingleton(bench.Warehouse.DataSource);
        builder.Services.AddSingleton(bench.Connection);
        builder.Services.AddSingleton(bench.Keys);
        builder.Services.AddSingleton<WarehouseReady>();
        builder.AddStreaming();
        return builder.Build();
    }

    private static async Task SendAsync(Workbench bench, int first, int count)
    {
        for (var i = first; i < first + count; i++)
            await bench.SendAsync(Workbench.Event($"t-{i}", customer: i), Partitioner.PartitionOf(i, 8));
    }

    private static Task FactsAsync(Workbench bench, long expected) => Eventually.ReadAsync(
        $"{expected} facts", _ => bench.FactsAsync(), facts => facts == expected, Patience, Token);
}
