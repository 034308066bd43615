using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Fintech.Contracts;
using Fintech.Dashboard.Live;
using Microsoft.AspNetCore.SignalR;
using Xunit;

namespace Fintech.Tests.Dashboard;

/// <summary>The dashboard as it runs, on a warehouse and a Redis of its own, seen by a page.</summary>
public sealed class LiveAppTests(Servers servers) : IAsyncLifetime
{
    private const string Markup = "<img src=x onerror=alert(1)>\"'&";

    private Stage stage = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;
    private static DateTimeOffset Now => DateTimeOffset.UtcNow;

    public async ValueTask InitializeAsync() => stage = await Stage.SetAsync(servers, Token);

    public ValueTask DisposeAsync() => stage.DisposeAsync();

    [Fact]
    public async Task A_page_gets_a_snapshot_then_frames_with_growing_numbers()
    {
        await stage.Warehouse.AddMinuteAsync(LiveWindow.MinuteOf(Now), 0, 3, 30.03m, Token);
        await using var app = await stage.StartAsync(Token);
        await using var page = await LivePage.OpenAsync(app, Token);

        var snapshot = await page.SubscribeAsync("5m", Token);
        Assert.Equal(("5m", 3L, 30.03m), (snapshot.Frame.Window, snapshot.Frame.Kpis.Transactions, snapshot.Frame.Kpis.Value.Single().Amount));

        await stage.Warehouse.AddMinuteAsync(LiveWindow.MinuteOf(Now), 0, 2, 0.01m, Token);
        await stage.RingAsync("t-1");
        var frame = await page.NextAsync("the new sum", frame => frame.Kpis.Transactions == 5, Token);

        Assert.Equal(30.04m, frame.Kpis.Value.Single().Amount);
        Assert.True(frame.Sequence > snapshot.Frame.Sequence);
        Assert.Contains(frame.Latest, item => item.Id == "t-1");
    }

    [Fact]
    public async Task Every_window_can_be_chosen_and_an_unknown_one_is_refused_in_a_sentence()
    {
        await stage.Warehouse.AddMinuteAsync(LiveWindow.MinuteOf(Now).AddDays(-400), WarehouseRows.BatchSlot, 70, 70.00m, Token);
        await stage.Warehouse.AddMinuteAsync(LiveWindow.MinuteOf(Now), 0, 1, 1.00m, Token);
        await using var app = await stage.StartAsync(Token);
        await using var page = await LivePage.OpenAsync(app, Token);

        foreach (var (window, transactions) in ((string, long)[])[("1h", 1), ("today", 1), ("all", 71), ("5m", 1)])
        {
            var frame = (await page.SubscribeAsync(window, Token)).Frame;
            Assert.Equal((window, transactions), (frame.Window, frame.Kpis.Transactions));
        }

        var refusal = await Assert.ThrowsAsync<HubException>(() => page.SubscribeAsync("7d", Token));
        Assert.Contains("There is no window '7d'. The windows are 1m, 5m, 1h, today, all.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restarted_dashboard_shows_the_same_numbers_alerts_points_and_rows()
    {
        await stage.Warehouse.AddMinuteAsync(LiveWindow.MinuteOf(Now).AddHours(-30), 0, 100, 1_234.56m, Token, alerts: 1);
        await stage.Warehouse.AddAlertAsync("a-1", 4_500.00m, Now, Token);
        await stage.RingAsync("t-1");
        await stage.RingAsync("t-2");

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
            await using var app = await stage.StartAsync(Token);
            await using var page = await LivePage.OpenAsync(app, Token);
            return await page.SubscribeAsync("all", Token);
        }
    }

    [Fact]
    public async Task Markup_in_names_travels_as_text()
    {
        await stage.Warehouse.AddAlertAsync("a-1", 4_500.00m, Now, Token, merchant: Markup);
        await stage.RingAsync("t-1", merchant: Markup);
        await using var app = await stage.StartAsync(Token);
        await using var page = await LivePage.OpenAsync(app, Token);

        var frame = (await page.SubscribeAsync("5m", Token)).Frame;

        Assert.Equal(Markup, frame.Alerts.Single().Merchant);
        Assert.Equal(Markup, frame.Latest.Single().Merchant);
    }

    [Fact]
    public async Task The_badge_tells_of_lag_idleness_and_flow()
    {
        await stage.Redis.GetDatabase().StreamAddAsync(StreamNames.Transactions(3), StreamNames.PayloadField, "{}");
        await stage.Redis.GetDatabase().StreamAddAsync(StreamNames.Transactions(3), StreamNames.PayloadField, "{}");
        await using var session = await stage.HoldStreamsAsync(Token);
        await using var app = await stage.StartAsync(Token);
        await using var page = await LivePage.OpenAsync(app, Token);

        var waiting = (await page.SubscribeAsync("5m", Token)).Frame.Pipeline;
        Assert.Equal((2L, "stale", "2 entries wait in the streams, and nothing was ever committed."), (waiting.Lag, waiting.Status, waiting.Reason));

        await stage.Warehouse.CheckpointAsync(3, Now, 2, Token);
        var flowing = (await page.NextAsync("no lag", frame => frame.Pipeline.Lag == 0, Token)).Pipeline;
        Assert.Equal(("live", null), (flowing.Status, flowing.Reason));

        await stage.Warehouse.CheckpointAsync(3, Now, 2, Token, committedAt: Now.AddSeconds(-11));
        await page.NextAsync("idleness", frame => frame.Pipeline is { Status: "idle", Lag: 0 }, Token);
    }

    [Fact]
    public async Task The_read_api_answers_with_what_was_committed_before_the_question()
    {
        await using var app = await stage.StartAsync(Token);
        for (var i = 1; i <= 10; i++)
        {
            await stage.Warehouse.AddMinuteAsync(LiveWindow.MinuteOf(Now), 0, 1, 0.10m, Token);
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

        await using var app = await stage.StartAsync(Token);
        await using var page = await LivePage.OpenAsync(app, Token);
        await page.SubscribeAsync("5m", Token);
        await stage.RingAsync("t-1", traceparent: $"00-{trace}-{scored}-01");

        var push = await pushed.Task.WaitAsync(TimeSpan.FromSeconds(20), Token);
        Assert.Equal((scored, ActivityKind.Producer), (push.ParentSpanId, push.Kind));
    }

    private static string Json<T>(T value) => JsonSerializer.Serialize(value);
}
