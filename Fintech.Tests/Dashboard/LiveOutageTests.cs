using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Fintech.Contracts;
using Fintech.Dashboard.Live;
using Fintech.Etl.Worker.Warehouse;
using Fintech.Tests.Producer;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace Fintech.Tests.Dashboard;

/// <summary>What the page shows while something it reads from is lost, away, or not there yet.</summary>
public sealed class LiveOutageTests(Servers servers) : IAsyncLifetime
{
    private Stage stage = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;
    private static DateTimeOffset Now => DateTimeOffset.UtcNow;

    public async ValueTask InitializeAsync() => stage = await Stage.SetAsync(servers, Token);

    public ValueTask DisposeAsync() => stage.DisposeAsync();

    [Fact]
    public async Task A_lost_feed_loses_no_number_and_no_alert()
    {
        await using var app = await stage.StartAsync(Token);
        await using var page = await LivePage.OpenAsync(app, Token);
        await stage.RingAsync("t-1");
        await page.SubscribeAsync("5m", Token);
        await stage.Redis.GetDatabase().KeyDeleteAsync(StreamNames.Feed);

        await stage.Warehouse.AddMinuteAsync(LiveWindow.MinuteOf(Now), 5, 7, 70.07m, Token, alerts: 1);
        await stage.Warehouse.AddAlertAsync("a-1", 4_500.00m, Now, Token);
        var frame = await page.NextAsync(
            "the alert's point, without a bell", frame => frame.Points.Any(point => point is { Id: "a-1", Alert: true }), Token);

        Assert.Equal((7L, 70.07m, 1L), (frame.Kpis.Transactions, frame.Kpis.Value.Single().Amount, frame.Kpis.Alerts));
        Assert.Equal("a-1", frame.Alerts.Single().Id);

        // And the bell is heard again once it is back.
        await stage.RingAsync("t-2");
        await page.NextAsync("the row of the new feed", frame => frame.Latest.Any(item => item.Id == "t-2"), Token);
    }

    [Fact]
    public async Task A_bell_that_cannot_be_read_does_not_silence_the_next()
    {
        await stage.Redis.GetDatabase().StreamAddAsync(StreamNames.Feed, StreamNames.PayloadField, "{\"partition\":");
        await stage.Redis.GetDatabase().StreamAddAsync(StreamNames.Feed, "other", "field");
        await stage.RingAsync("t-1");
        await using var app = await stage.StartAsync(Token);
        await using var page = await LivePage.OpenAsync(app, Token);

        var frame = (await page.SubscribeAsync("5m", Token)).Frame;

        Assert.Equal(("idle", "t-1"), (frame.Pipeline.Status, frame.Latest.Single().Id));
    }

    [Fact]
    public async Task Before_the_warehouse_is_set_up_the_page_is_there_and_says_so()
    {
        var connectionString = await servers.CreateDatabaseAsync(Token);
        await using var app = await DashboardApp.StartAsync(connectionString, stage.Redis.Configuration, Token);
        await using var page = await LivePage.OpenAsync(app, Token);

        var empty = (await page.SubscribeAsync("today", Token)).Frame;
        Assert.Equal(("down", 0L), (empty.Pipeline.Status, empty.Kpis.Transactions));
        Assert.Matches(
            @"^Waiting for the warehouse: it is not set up yet \(since \d\d:\d\d:\d\d UTC\)\. There are no numbers yet\.$",
            empty.Pipeline.Reason!);

        var builder = new NpgsqlDataSourceBuilder(connectionString);
        WarehouseConnection.ConfigureWriter(builder);
        await using var dataSource = builder.Build();
        await new WarehouseMigrator(dataSource, NullLogger<WarehouseMigrator>.Instance).MigrateAsync(Token);
        await page.NextAsync("a warehouse that is set up", frame => frame.Pipeline.Status == "idle", Token);
    }

    [Fact]
    public async Task While_the_warehouse_is_away_the_last_numbers_stay_and_the_badge_says_why()
    {
        await stage.Warehouse.AddMinuteAsync(LiveWindow.MinuteOf(Now), 0, 5, 5.55m, Token);
        await using var app = await stage.StartAsync(Token);
        await using var page = await LivePage.OpenAsync(app, Token);
        var before = (await page.SubscribeAsync("all", Token)).Frame;

        await stage.CloseWarehouseAsync(Token);

        var down = await page.NextAsync("the badge to say down", frame => frame.Pipeline.Status == "down", Token);
        Assert.Equal(5.55m, down.Kpis.Value.Single().Amount);
        Assert.Matches(
            @"^The warehouse cannot be reached \(since \d\d:\d\d:\d\d UTC\)\. The numbers are the last known ones\.$",
            down.Pipeline.Reason!);
        var later = await page.NextAsync(Token);
        Assert.InRange(later.At, before.At, down.At);
        using (var answer = await app.Http.GetAsync(new Uri("/api/kpis?window=all", UriKind.Relative), Token))
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);

        await stage.OpenWarehouseAsync(Token);
        await stage.Warehouse.AddMinuteAsync(LiveWindow.MinuteOf(Now), 0, 1, 0.01m, Token);
        var back = await page.NextAsync("the warehouse to be back", frame => frame.Pipeline.Status != "down", Token);
        if (back.Kpis.Transactions < 6)
            back = await page.NextAsync("the new sum", frame => frame.Kpis.Transactions == 6, Token);
        Assert.Equal(5.56m, back.Kpis.Value.Single().Amount);
    }

    [Fact]
    public async Task Without_Redis_the_numbers_are_right_and_the_badge_says_what_is_not_known()
    {
        await stage.Warehouse.AddMinuteAsync(LiveWindow.MinuteOf(Now), 0, 5, 5.55m, Token);
        await using var app = await DashboardApp.StartAsync(stage.Warehouse.ConnectionString, "127.0.0.1:1,connectTimeout=500", Token);
        await using var page = await LivePage.OpenAsync(app, Token);

        var frame = (await page.SubscribeAsync("5m", Token)).Frame;

        Assert.Equal(("down", 5.55m), (frame.Pipeline.Status, frame.Kpis.Value.Single().Amount));
        Assert.Matches(
            @"^Redis cannot be reached \(since \d\d:\d\d:\d\d UTC\)\. The numbers are right; lag and new points are not known\.$",
            frame.Pipeline.Reason!);
        var kpis = await app.Http.GetFromJsonAsync<JsonElement>("/api/kpis", Token);
        Assert.Equal(5.55m, kpis.GetProperty("kpis").GetProperty("value")[0].GetProperty("amount").GetDecimal());
    }

    [Fact]
    public async Task Redis_may_be_killed_or_frozen_and_is_heard_again_once_it_is_back()
    {
        await using var server = await RedisServer.StartAsync();
        string configuration;
        await using (var connection = await server.ConnectAsync())
            configuration = connection.Configuration;
        await stage.Warehouse.AddMinuteAsync(LiveWindow.MinuteOf(Now), 0, 5, 5.55m, Token);
        await using var app = await DashboardApp.StartAsync(stage.Warehouse.ConnectionString, configuration, Token);
        await using var page = await LivePage.OpenAsync(app, Token);
        Assert.Equal("idle", (await page.SubscribeAsync("all", Token)).Frame.Pipeline.Status);

        await server.KillAsync();
        var killed = await page.NextAsync("the badge to say that Redis is away", frame => frame.Pipeline.Status == "down", Token);
        Assert.StartsWith("Redis cannot be reached", killed.Pipeline.Reason, StringComparison.Ordinal);
        Assert.Equal(5.55m, killed.Kpis.Value.Single().Amount);
        server.Restart();
        await page.NextAsync("Redis to be back", frame => frame.Pipeline.Status == "idle", Token);

        await server.FreezeAsync();
        await page.NextAsync("the badge to say that Redis does not answer", frame => frame.Pipeline.Status == "down", Token);
        await stage.Warehouse.AddMinuteAsync(LiveWindow.MinuteOf(Now), 0, 1, 0.01m, Token);
        var frozen = await page.NextAsync("numbers without Redis", frame => frame.Kpis.Transactions == 6, Token);
        Assert.Equal("down", frozen.Pipeline.Status);
        await server.ThawAsync();
        await page.NextAsync("Redis to answer", frame => frame.Pipeline.Status == "idle", Token);

        await using (var connection = await server.ConnectAsync())
            await stage.RingAsync("t-1", at: connection.GetDatabase());
        await page.NextAsync("the bell of the Redis that came back", frame => frame.Latest.Any(item => item.Id == "t-1"), Token);
    }
}
