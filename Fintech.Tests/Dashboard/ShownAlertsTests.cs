using Fintech.Dashboard.Live;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Fintech.Tests.Dashboard;

public sealed class ShownAlertsTests(Servers servers)
{
    private static readonly DateTimeOffset Now = new(2026, 3, 10, 14, 30, 30, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void An_alert_is_noted_once_when_the_frame_that_has_it_was_sent()
    {
        var shown = new ShownAlerts(new FakeTimeProvider(Now));
        var points = new PointRing();
        points.AddAlert(("a-1", "stream"), Point("a-1"), Now, Now);
        var (_, first) = points.All();
        points.AddAlert(("a-2", "stream"), Point("a-2"), Now, Now);
        Assert.Empty(shown.Take());

        shown.Sent(points, first, []);
        shown.Sent(points, first, []);
        Assert.Equal([new ShownAlert("a-1", "stream", Now)], shown.Take());

        // Another page, behind the first one, then the first one again.
        shown.Sent(points, 0, []);
        shown.Sent(points, points.All().Newest, [Item("a-2", "stream"), Item("a-2", "ledger")]);
        var taken = shown.Take();
        Assert.Equal([new ShownAlert("a-2", "stream", Now), new ShownAlert("a-2", "ledger", Now)], taken);

        shown.GiveBack(taken);
        Assert.Equal(taken, shown.Take());
        Assert.Empty(shown.Take());
    }

    [Fact]
    public async Task The_stages_of_an_alert_end_with_the_first_page_that_was_sent_it()
    {
        await using var stage = await Stage.SetAsync(servers, Token);
        await stage.Warehouse.AddAlertAsync("a-1", 4_500m, DateTimeOffset.UtcNow, Token);
        DateTime first;
        await using (var app = await stage.StartAsync(Token))
        {
            // Read several times, and nobody was watching.
            using var http = new HttpClient { BaseAddress = app.Address };
            for (var reading = 0; reading < 3; reading++)
                await http.GetStringAsync(new Uri("/api/kpis?window=5m", UriKind.Relative), Token);
            await Task.Delay(TimeSpan.FromSeconds(2), Token);
            Assert.Equal(0, await stage.Warehouse.ScalarAsync<long>("select count(*) from dw.alert_shown", Token));

            var opened = DateTimeOffset.UtcNow;
            await using var page = await LivePage.OpenAsync(app, Token);
            await page.SubscribeAsync("5m", Token);
            first = await ShownAsync(stage, "a-1");
            Assert.InRange(first, opened.UtcDateTime.AddMilliseconds(-1), DateTime.UtcNow);

            await stage.Warehouse.AddAlertAsync("a-2", 4_600m, DateTimeOffset.UtcNow, Token);
            await stage.RingAsync("t-1");
            await ShownAsync(stage, "a-2");
        }

        // Another dashboard, later: the first time stays.
        await using var restarted = await stage.StartAsync(Token);
        await using var again = await LivePage.OpenAsync(restarted, Token);
        await again.SubscribeAsync("5m", Token);
        await stage.Warehouse.AddAlertAsync("a-3", 4_700m, DateTimeOffset.UtcNow, Token);
        await stage.RingAsync("t-2");
        await ShownAsync(stage, "a-3");
        Assert.Equal(first, await ShownAsync(stage, "a-1"));
        Assert.True(await stage.Warehouse.ScalarAsync<bool>(
            "select bool_and(occurred_at <= received_at and received_at <= scored_at and scored_at <= committed_at and committed_at <= shown_at) from dw.alert_stages", Token));
    }

    private static async Task<DateTime> ShownAsync(Stage stage, string id)
    {
        await Eventually.ReadAsync(
            $"{id} to be noted as shown", token => stage.Warehouse.ScalarAsync<long>($"select count(*) from dw.alert_shown where transaction_id = '{id}'", token),
            rows => rows == 1, TimeSpan.FromSeconds(30), Token);
        return await stage.Warehouse.ScalarAsync<DateTime>($"select shown_at from dw.alert_stages where transaction_id = '{id}'", Token);
    }

    private static AmountPoint Point(string id) => new(id, Now, 5_000m, "USD", "Jewellery", Alert: true);

    private static AlertItem Item(string id, string source) =>
        new(id, Now, Now, 5_000m, "USD", "Shop", "Jewellery", 1, "high", 70, 1, [], null, source);
}
