using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Fintech.Contracts;
using Fintech.Dashboard.Live;
using Fintech.Etl.Worker.Warehouse;
using Fintech.Tests.Producer;
using Fintech.Tests.Warehouse;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace Fintech.Tests.Dashboard;

/// <summary>The dashboard as it runs, on a warehouse and a Redis of its own, seen by a page.</summary>
public sealed class LiveAppTests(Servers servers) : IAsyncLifetime
{
    private const string Markup = "<img src=x onerror=alert(1)>\"'&";

    private WarehouseDatabase warehouse = null!;
    private IConnectionMultiplexer redis = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;
    private static DateTimeOffset Now => DateTimeOffset.UtcNow;

    public async ValueTask InitializeAsync()
    {
        warehouse = await WarehouseDatabase.CreateAsync(servers, Token);
        redis = await servers.ConnectRedisAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await redis.DisposeAsync();
        await warehouse.DisposeAsync();
    }

    [Fact]
    public async Task A_page_gets_a_snapshot_then_frames_with_growing_numbers()
    {
        await warehouse.AddMinuteAsync(LiveWindow.MinuteOf(Now), 0, 3, 30.03m, Token);
        await using var app = await StartAsync();
        await using var page = await LivePage.OpenAsync(app, Token);

        var snapshot = await page.SubscribeAsync("5m", Token);
        Assert.Equal(("5m", 3L, 30.03m), (snapshot.Frame.Window, snapshot.Frame.Kpis.Transactions, snapshot.Frame.Kpis.Value.Single().Amount));

        await warehouse.AddMinuteAsync(LiveWindow.MinuteOf(Now), 0, 2, 0.01m, Token);
        await RingAsync("t-1");
        var frame = await page.NextAsync("the new sum", frame => frame.Kpis.Transactions == 5, Token);

        Assert.Equal(30.04m, frame.Kpis.Value.Single().Amount);
        Assert.True(frame.Sequence > snapshot.Frame.Sequence);
        Assert.Contains(frame.Latest, item => item.Id == "t-1");
    }

    [Fact]
    public async Task Every_window_can_be_chosen_and_an_unknown_one_is_refused_in_a_sentence()
    {
        await warehouse.AddMinuteAsync(LiveWindow.MinuteOf(Now).AddDays(-400), WarehouseRows.BatchSlot, 70, 70.00m, Token);
        await warehouse.AddMinuteAsync(LiveWindow.MinuteOf(Now), 0, 1, 1.00m, Token);
        await using var app = await StartAsync();
        await using var page = await LivePage.OpenAsync(app, Token);

        foreach (var (window, transactions) in ((string, long)[])[("1h", 1), ("today", 1), ("all", 71), ("5m", 1)])
        {
            var frame = (await page.SubscribeAsync(window, Token)).Frame;
            Assert.Equal((window, transactions), (frame.Window, frame.Kpis.Transactions));
        }

        var refusal = await Assert.ThrowsAsync<HubException>(() => page.SubscribeAsync("7d", Token));
        Assert.Contains("There is no window '7d'. The windows are 5m, 1h, today, all.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restarted_dashboard_shows_the_same_numbers_alerts_points_and_rows()
    {
        await warehouse.AddMinuteAsync(LiveWindow.MinuteOf(Now).AddHours(-30), 0, 100, 1_234.56m, Token, alerts: 1);
        await warehouse.AddAlertAsync("a-1", 4_500.00m, Now, Token);
        await RingAsync("t-1");
        await RingAsync("t-2");

        var (before, after) = (await LookAsync(), await LookAsync());

        Assert.Equal(1_234.56m, before.Frame.Kpis.Value.Single().Amount);
        Assert.Equal(["a-1", "t-1", "t-2"], before.Points.Select(point => point.Id).Order());
        Assert.Equal(Json(before.Frame.Kpis), Json(after.Frame.Kpis));
        Assert.Equal(Json(before.Frame.Categories), Json(after.Frame.Categories));
        Assert.Equal(Json(before.Frame.Alerts), Json(after.Frame.Alerts));
        Assert.Equal(Json(before.Frame.Latest), Json(after.Frame.Latest));
        Assert.Equal(Json(before.Points.OrderBy(point => point.Id)), Json(after.Points.OrderBy(point => point.Id)));

        async Task<LiveSnapshot> LookAsync()
        {
            await using var app = await StartAsync();
            await using var page = await LivePage.OpenAsync(app, Token);
            return await page.SubscribeAsync("all", Token);
        }
    }

    [Fact]
    public async Task A_lost_feed_loses_no_number_and_no_alert()
    {
        await using var app = await StartAsync();
        await using var page = await LivePage.OpenAsync(app, Token);
        await RingAsync("t-1");
        await page.SubscribeAsync("5m", Token);
        await redis.GetDatabase().KeyDeleteAsync(StreamNames.Feed);

        await warehouse.AddMinuteAsync(LiveWindow.MinuteOf(Now), 5, 7, 70.07m, Token, alerts: 1);
        await warehouse.AddAlertAsync("a-1", 4_500.00m, Now, Token);
        var frame = await page.NextAsync("the alert's point, without a bell", frame => frame.Points.Any(point => point is { Id: "a-1", Alert: true }), Token);

        Assert.Equal((7L, 70.07m, 1L), (frame.Kpis.Transactions, frame.Kpis.Value.Single().Amount, frame.Kpis.Alerts));
        Assert.Equal("a-1", frame.Alerts.Single().Id);

        // And the bell is heard again once it is back.
        await RingAsync("t-2");
        await page.NextAsync("the row of the new feed", frame => frame.Latest.Any(item => item.Id == "t-2"), Token);
    }

    [Fact]
    public async Task Markup_in_names_travels_as_text()
    {
        await warehouse.AddAlertAsync("a-1", 4_500.00m, Now, Token, merchant: Markup);
        await RingAsync("t-1", merchant: Markup);
        await using var app = await StartAsync();
        await using var page = await LivePage.OpenAsync(app, Token);

        var frame = (await page.SubscribeAsync("5m", Token)).Frame;

        Assert.Equal(Markup, frame.Alerts.Single().Merchant);
        Assert.Equal(Markup, frame.Latest.Single().Merchant);
    }

    [Fact]
    public async Task The_badge_tells_of_lag_idleness_and_flow()
    {
        await redis.GetDatabase().StreamAddAsync(StreamNames.Transactions(3), StreamNames.PayloadField, "{}");
        await redis.GetDatabase().StreamAddAsync(StreamNames.Transactions(3), StreamNames.PayloadField, "{}");
        await using var app = await StartAsync();
        await using var page = await LivePage.OpenAsync(app, Token);

        var waiting = (await page.SubscribeAsync("5m", Token)).Frame.Pipeline;
        Assert.Equal((2L, "stale", "2 entries wait in the streams, and nothing was ever committed."), (waiting.Lag, waiting.Status, waiting.Reason));

        await warehouse.CheckpointAsync(3, Now, 2, Token);
        var flowing = (await page.NextAsync("no lag", frame => frame.Pipeline.Lag == 0, Token)).Pipeline;
        Assert.Equal(("live", null), (flowing.Status, flowing.Reason));

        await warehouse.CheckpointAsync(3, Now, 2, Token, committedAt: Now.AddSeconds(-11));
        await page.NextAsync("idleness", frame => frame.Pipeline is { Status: "idle", Lag: 0 }, Token);
    }

    [Fact]
    public async Task Before_the_warehouse_is_set_up_the_page_is_there_and_says_so()
    {
        var connectionString = await servers.CreateDatabaseAsync(Token);
        await using var app = await DashboardApp.StartAsync(connectionString, redis.Configuration, Token);
        await using var page = await LivePage.OpenAsync(app, Token);

        var empty = (await page.SubscribeAsync("today", Token)).Frame;
        Assert.Equal(("down", 0L), (empty.Pipeline.Status, empty.Kpis.Transactions));
        Assert.Matches(@"^Waiting for the warehouse: it is not set up yet \(since \d\d:\d\d:\d\d UTC\)\. There are no numbers yet\.$", empty.Pipeline.Reason!);

        var builder = new NpgsqlDataSourceBuilder(connectionString);
        WarehouseConnection.ConfigureWriter(builder);
        await using var dataSource = builder.Build();
        await new WarehouseMigrator(dataSource, NullLogger<WarehouseMigrator>.Instance).MigrateAsync(Token);
        await page.NextAsync("a warehouse that is set up", frame => frame.Pipeline.Status == "idle", Token);
    }

    [Fact]
    public async Task While_the_warehouse_is_away_the_last_numbers_stay_and_the_badge_says_why()
    {
        await warehouse.AddMinuteAsync(LiveWindow.MinuteOf(Now), 0, 5, 5.55m, Token);
        await using var app = await StartAsync();
        await using var page = await LivePage.OpenAsync(app, Token);
        var before = (await page.SubscribeAsync("all", Token)).Frame;

        var name = new NpgsqlConnectionStringBuilder(warehouse.ConnectionString).Database;
        await AdministerAsync($"alter database {name} with allow_connections false");
        await AdministerAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");

        var down = await page.NextAsync("the badge to say down", frame => frame.Pipeline.Status == "down", Token);
        Assert.Equal(5.55m, down.Kpis.Value.Single().Amount);
        Assert.Matches(@"^The warehouse cannot be reached \(since \d\d:\d\d:\d\d UTC\)\. The numbers are the last known ones\.$", down.Pipeline.Reason!);
        var later = await page.NextAsync(Token);
        Assert.InRange(later.At, before.At, down.At);
        using (var answer = await app.Http.GetAsync(new Uri("/api/kpis?window=all", UriKind.Relative), Token))
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);

        await AdministerAsync($"alter database {name} with allow_connections true");
        warehouse.DataSource.Clear();
        await warehouse.AddMinuteAsync(LiveWindow.MinuteOf(Now), 0, 1, 0.01m, Token);
        var back = await page.NextAsync("the warehouse to be back", frame => frame.Pipeline.Status != "down", Token);
        if (back.Kpis.Transactions < 6)
            back = await page.NextAsync("the new sum", frame => frame.Kpis.Transactions == 6, Token);
        Assert.Equal(5.56m, back.Kpis.Value.Single().Amount);

        async Task AdministerAsync(string sql)
        {
            var settings = new NpgsqlConnectionStringBuilder(warehouse.ConnectionString) { Database = "postgres", Pooling = false };
            await using var connection = new NpgsqlConnection(settings.ConnectionString);
            await connection.OpenAsync(Token);
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(Token);
        }
    }

    [Fact]
    public async Task Without_Redis_the_numbers_are_right_and_the_badge_says_what_is_not_known()
    {
        await warehouse.AddMinuteAsync(LiveWindow.MinuteOf(Now), 0, 5, 5.55m, Token);
        await using var app = await DashboardApp.StartAsync(warehouse.ConnectionString, "127.0.0.1:1,connectTimeout=500", Token);
        await using var page = await LivePage.OpenAsync(app, Token);

        var frame = (await page.SubscribeAsync("5m", Token)).Frame;

        Assert.Equal(("down", 5.55m), (frame.Pipeline.Status, frame.Kpis.Value.Single().Amount));
        Assert.Matches(@"^Redis cannot be reached \(since \d\d:\d\d:\d\d UTC\)\. The numbers are right; lag and new points are not known\.$", frame.Pipeline.Reason!);
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
        await warehouse.AddMinuteAsync(LiveWindow.MinuteOf(Now), 0, 5, 5.55m, Token);
        await using var app = await DashboardApp.StartAsync(warehouse.ConnectionString, configuration, Token);
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
        await warehouse.AddMinuteAsync(LiveWindow.MinuteOf(Now), 0, 1, 0.01m, Token);
        var frozen = await page.NextAsync("numbers without Redis", frame => frame.Kpis.Transactions == 6, Token);
        Assert.Equal("down", frozen.Pipeline.Status);
        await server.ThawAsync();
        await page.NextAsync("Redis to answer", frame => frame.Pipeline.Status == "idle", Token);

        await using (var connection = await server.ConnectAsync())
            await RingAsync("t-1", at: connection.GetDatabase());
        await page.NextAsync("the bell of the Redis that came back", frame => frame.Latest.Any(item => item.Id == "t-1"), Token);
    }

    [Fact]
    public async Task The_read_api_answers_with_what_was_committed_before_the_question()
    {
        await using var app = await StartAsync();
        for (var i = 1; i <= 10; i++)
        {
            await warehouse.AddMinuteAsync(LiveWindow.MinuteOf(Now), 0, 1, 0.10m, Token);
            var answer = await app.Http.GetFromJsonAsync<JsonElement>("/api/kpis?window=all", Token);
            Assert.Equal(i, answer.GetProperty("kpis").GetProperty("transactions").GetInt64());
            Assert.Equal(i * 0.10m, answer.GetProperty("kpis").GetProperty("value")[0].GetProperty("amount").GetDecimal());
        }

        using var refusal = await app.Http.GetAsync(new Uri("/api/kpis?window=7d", UriKind.Relative), Token);
        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (refusal.StatusCode, refusal.Content.Headers.ContentType!.MediaType));
    }

    [Fact]
    public async Task The_trace_of_a_transaction_ends_when_a_page_was_sent_it()
    {
        var trace = ActivityTraceId.CreateRandom();
        var scored = ActivitySpanId.CreateRandom();
        var pushed = new TaskCompletionSource<Activity>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == LiveMetrics.Name,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == trace)
                    pushed.TrySetResult(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);

        await using var app = await StartAsync();
        await using var page = await LivePage.OpenAsync(app, Token);
        await page.SubscribeAsync("5m", Token);
        await RingAsync("t-1", traceparent: $"00-{trace}-{scored}-01");

        var push = await pushed.Task.WaitAsync(TimeSpan.FromSeconds(20), Token);
        Assert.Equal((scored, ActivityKind.Producer), (push.ParentSpanId, push.Kind));
    }

    private Task<DashboardApp> StartAsync() => DashboardApp.StartAsync(warehouse.ConnectionString, redis.Configuration, Token);

    /// <summary>The bell of one committed transaction.</summary>
    private Task RingAsync(string id, string merchant = "Corner Cafe", string? traceparent = null, IDatabase? at = null)
    {
        var entry = new FeedEntry
        {
            Partition = 0,
            From = "0-0",
            To = "0-0",
            Count = 1,
            CommittedAt = Now,
            Sample =
            [
                new FeedTransaction
                {
                    TransactionId = id,
                    CustomerId = 42,
                    Amount = 19.99m,
                    Currency = "USD",
                    MerchantName = merchant,
                    Category = "Restaurants",
                    OccurredAt = Now,
                    ReceivedAt = Now.AddMilliseconds(-20),
                },
            ],
            Alerts = [],
            Traces = traceparent is null ? [] : [traceparent],
        };
        return (at ?? redis.GetDatabase()).StreamAddAsync(
            StreamNames.Feed, StreamNames.PayloadField, JsonSerializer.SerializeToUtf8Bytes(entry, ContractsJson.Default.FeedEntry));
    }

    private static string Json<T>(T value) => JsonSerializer.Serialize(value);
}
