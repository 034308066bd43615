using Fintech.Dashboard.Live;
using Fintech.Dashboard.Live.Filters;
using Microsoft.AspNetCore.SignalR;
using Xunit;

namespace Fintech.Tests.Dashboard;

/// <summary>What a page sees through a filter, read from facts by the dashboard as it runs.</summary>
public sealed class FilteredLiveTests(Servers servers) : IAsyncLifetime
{
    private Stage stage = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;
    private static DateTimeOffset Now => DateTimeOffset.UtcNow;

    public async ValueTask InitializeAsync() => stage = await Stage.SetAsync(servers, Token);

    public ValueTask DisposeAsync() => stage.DisposeAsync();

    [Fact]
    public async Task A_rare_merchant_behind_a_flood_is_found_to_the_cent_and_a_new_sale_follows()
    {
        await stage.Warehouse.AddFactsAsync("flood", 20_000, 10.00m, Now.AddSeconds(-90), Token);
        await stage.Warehouse.AddFactAsync("rare-1", 12.34m, Now.AddSeconds(-100), Token, merchant: "Rare Books", category: "Books", customerId: 7);
        await stage.Warehouse.AddFactAsync("rare-2", 4_500.01m, Now.AddSeconds(-20), Token, merchant: "Rare Books", category: "Books", customerId: 8, alert: true);
        await using var app = await stage.StartAsync(Token);
        await using var page = await LivePage.OpenAsync(app, Token);

        var frame = await ReadAsync(page, "5m", new FilterRequest(Merchants: ["Rare Books"]));

        Assert.Equal((2L, 1L, 0.5), (frame.Kpis.Transactions, frame.Kpis.Alerts, frame.Kpis.AlertRate));
        Assert.Equal([new Money("USD", 4_512.35m)], frame.Kpis.Value);
        Assert.Equal([new CategoryTotal("Books", 2, 4_512.35m, "USD")], frame.Categories);
        Assert.Equal([new MerchantTotal("Rare Books", "Books", 2, 4_512.35m, "USD")], frame.Merchants);
        Assert.Equal(["rare-2", "rare-1"], frame.Latest.Select(item => item.Id));
        Assert.Equal(["rare-2"], frame.Alerts.Select(alert => alert.Id));
        Assert.Contains("latency", frame.Scope!.Unknown);

        await stage.Warehouse.AddFactAsync("rare-3", 0.65m, Now, Token, merchant: "Rare Books", category: "Books");
        var later = await page.NextAsync("the new sale", next => next.Kpis.Transactions == 3, Token);
        Assert.Equal([new Money("USD", 4_513.00m)], later.Kpis.Value);
        Assert.Equal("rare-3", later.Latest[0].Id);

        // One that arrived minutes ago and commits only now is counted where it arrived.
        await stage.Warehouse.AddFactAsync("rare-4", 1.00m, Now.AddSeconds(-110), Token, merchant: "Rare Books", category: "Books");
        await page.NextAsync("the one that came late", next => next.Kpis.Transactions == 4, Token);
    }

    [Fact]
    public async Task Through_a_filter_a_page_hears_of_every_alert_once()
    {
        await stage.Warehouse.AddFactAsync("a-1", 4_500.00m, Now.AddSeconds(-20), Token, "Luxury Watches", "Luxury", alert: true);
        await using var app = await stage.StartAsync(Token);
        await using var page = await LivePage.OpenAsync(app, Token);
        var first = await page.SubscribeAsync("5m", new FilterRequest(["Travel"]), Token);
        Assert.Equal(["a-1"], first.Frame.Raised!.Select(alert => alert.Id));
        Assert.Empty(first.Frame.Alerts);
        // Once the filter was read for the first time the page begins anew.
        if (first.Frame.Scope is not { At: not null })
            await page.NextSnapshotAsync(Token);

        await stage.Warehouse.AddFactAsync("a-2", 4_600.00m, Now, Token, "Luxury Watches", "Luxury", alert: true);
        var raised = await page.NextAsync("the alert outside the filter", frame => frame.Raised is [{ Id: "a-2" }, ..], Token);
        Assert.Empty(raised.Alerts);
        Assert.Null((await page.NextAsync(Token)).Raised);

        Assert.Null((await page.SubscribeAsync("5m", Token)).Frame.Raised);
    }

    [Fact]
    public async Task Conditions_of_one_kind_are_alternatives_and_kinds_add_up()
    {
        await stage.Warehouse.AddFactAsync("t-1", 10.00m, Now.AddSeconds(-5), Token, "Aurora Rail", "Travel", 1);
        await stage.Warehouse.AddFactAsync("t-2", 200.00m, Now.AddSeconds(-5), Token, "Aurora Rail", "Travel", 2);
        await stage.Warehouse.AddFactAsync("t-3", 300.00m, Now.AddSeconds(-5), Token, "Bluebird Fuel", "Fuel", 2);
        await stage.Warehouse.AddFactAsync("t-4", 3_400.00m, Now.AddSeconds(-5), Token, "Corner Cafe", "Restaurants", 3, alert: true);
        await using var app = await stage.StartAsync(Token);
        await using var page = await LivePage.OpenAsync(app, Token);

        foreach (var (filter, expected) in ((FilterRequest, string[])[])
        [
            (new(["Travel", "Fuel"]), ["t-1", "t-2", "t-3"]),
            (new(["Travel", "Fuel"], Customers: [2]), ["t-2", "t-3"]),
            (new(["Travel"], ["Bluebird Fuel"]), []),
            (new(AtLeast: 200), ["t-2", "t-3", "t-4"]),
            (new(AtLeast: 200, AtMost: 300), ["t-2", "t-3"]),
            (new(OnlyAlerts: true), ["t-4"]),
            (new(Customers: [999]), []),
        ])
        {
            var frame = await ReadAsync(page, "1h", filter);
            Assert.Equal(expected, frame.Latest.Select(item => item.Id).Order());
            Assert.Equal(expected.Length, frame.Kpis.Transactions);
        }
    }

    [Fact]
    public async Task Of_long_windows_a_category_is_counted_by_the_aggregates_and_what_cannot_be_counted_is_named()
    {
        await stage.Warehouse.AddMinuteAsync(LiveWindow.MinuteOf(Now).AddDays(-400), WarehouseRows.BatchSlot, 70, 70.00m, Token, category: "Travel");
        await stage.Warehouse.AddFactAsync("t-1", 10.00m, Now.AddSeconds(-5), Token, "Aurora Rail", "Travel");
        await stage.Warehouse.AddFactAsync("t-2", 10.00m, Now.AddSeconds(-5), Token);
        await using var app = await stage.StartAsync(Token);
        await using var page = await LivePage.OpenAsync(app, Token);

        var category = await ReadAsync(page, "all", new FilterRequest(["Travel"]));
        Assert.Equal((71L, new Money("USD", 80.00m)), (category.Kpis.Transactions, category.Kpis.Value.Single()));
        Assert.Equal(["latency", "alerts", "alertRate", "rate", "merchants"], category.Scope!.Unknown);
        Assert.Equal("Of a category, alerts and merchants are counted for up to an hour.", category.Scope.Note);

        var merchant = await ReadAsync(page, "all", new FilterRequest(Merchants: ["Aurora Rail"]));
        Assert.Contains("transactions", merchant.Scope!.Unknown);
        Assert.StartsWith("Figures of single merchants, customers, amounts and alerts are counted for up to an hour", merchant.Scope.Note, StringComparison.Ordinal);
        Assert.Equal(["t-1"], merchant.Latest.Select(item => item.Id));
    }

    [Fact]
    public async Task The_top_merchants_of_everything_are_what_the_facts_say()
    {
        await stage.Warehouse.AddFactsAsync("a", 3, 10.00m, Now.AddSeconds(-70), Token, "Aurora Rail", "Travel");
        await stage.Warehouse.AddFactsAsync("b", 5, 0.01m, Now.AddSeconds(-10), Token);
        await using var app = await stage.StartAsync(Token);
        await using var page = await LivePage.OpenAsync(app, Token);
        await page.SubscribeAsync("all", Token);

        var frame = await page.NextAsync("the merchants", frame => frame.Merchants.Count == 2, Token);
        Assert.Equal(
            [new("Corner Cafe", "Restaurants", 5, 0.05m, "USD"), new MerchantTotal("Aurora Rail", "Travel", 3, 30.00m, "USD")], frame.Merchants);
        Assert.Equal(("1h", null), (frame.Scope!.Merchants, frame.Scope.MerchantsSince));
    }

    [Fact]
    public async Task A_filter_that_cannot_be_is_refused_in_a_sentence_and_so_is_one_too_many()
    {
        await using var app = await stage.StartAsync(Token);
        await using var page = await LivePage.OpenAsync(app, Token);
        var refusal = await Assert.ThrowsAsync<HubException>(() => page.SubscribeAsync("5m", new FilterRequest(AtLeast: 2, AtMost: 1), Token));
        Assert.Contains("The smallest amount of a filter must not exceed the largest.", refusal.Message, StringComparison.Ordinal);

        var pages = new List<LivePage>();
        try
        {
            var refused = 0;
            for (var i = 0; i < FilterBook.MostFilters + 1; i++)
            {
                pages.Add(await LivePage.OpenAsync(app, Token));
                try
                {
                    await ReadAsync(pages[^1], "5m", new FilterRequest(Customers: [i]));
                }
                catch (HubException fault)
                {
                    Assert.Contains($"{FilterBook.MostFilters} different filters", fault.Message, StringComparison.Ordinal);
                    refused++;
                }
            }

            Assert.Equal(1, refused);
        }
        finally
        {
            foreach (var opened in pages)
                await opened.DisposeAsync();
        }
    }

    [Fact]
    public async Task Drift_of_live_counters_and_a_missing_worker_are_told()
    {
        await stage.Warehouse.ExecuteAsync(
            """
            insert into etl.live_audit (check_name, audited_at, compared, drift, compared_total, drift_total, drift_at, sample)
            values ('minutes', clock_timestamp(), 8, 0, 800, 2, clock_timestamp() - interval '5 min', '{2026-03-01 12:30 USD slot 3}')
            """, Token);
        await using var app = await stage.StartAsync(Token);
        await using var page = await LivePage.OpenAsync(app, Token);

        var alone = (await page.SubscribeAsync("5m", Token)).Frame.Pipeline;
        Assert.Equal(("minutes", 2L, "2026-03-01 12:30 USD slot 3"), (alone.Drift!.Check, alone.Drift.Drift, alone.Drift.Sample.Single()));
        Assert.Equal(("idle", "No worker holds the streams: what comes now would wait. Start Fintech.Etl.Worker."), (alone.Status, alone.Reason));

        // As a worker's session holds a partition: by a lock that ends with its connection.
        await using var session = await stage.HoldStreamsAsync(Token);
        await page.NextAsync("the worker", frame => frame.Pipeline is { Status: "idle", Reason: null }, Token);
    }

    [Fact]
    public async Task A_run_tells_how_far_it_is()
    {
        await stage.Warehouse.ExecuteAsync(
            """
            with run as (insert into etl.run (kind, trigger, host) values ('batch', 'test', 'test') returning run_id)
            insert into etl.run_progress (run_id, doing, rows, of) select run_id, 'loading transactions', 63000, 100000 from run
            """, Token);
        await using var app = await stage.StartAsync(Token);
        await using var page = await LivePage.OpenAsync(app, Token);

        var batch = (await page.SubscribeAsync("5m", Token)).Frame.Pipeline.Batch!;
        Assert.Equal(("running", 63_000L, 100_000L), (batch.Status, batch.RowsRead, batch.RowsExpected));
    }

    /// <summary>The first frame that was read for the filter and is complete.</summary>
    private static async Task<LiveFrame> ReadAsync(LivePage page, string window, FilterRequest filter)
    {
        // The filter before may just have been read, which is a snapshot too.
        var first = (await page.SubscribeAsync(window, filter, Token)).Frame;
        while (!IsOf(first))
            first = (await page.NextSnapshotAsync(Token)).Frame;
        return IsRead(first) ? first : await page.NextAsync($"figures of the filter in {window}", IsRead, Token);

        bool IsOf(LiveFrame frame) => frame.Window == window && Equals(LiveFilter.Parse(frame.Filter, out _), LiveFilter.Parse(filter, out _));

        bool IsRead(LiveFrame frame) => IsOf(frame) && frame.Scope is { Figures: "filtered", At: not null, Since: null };
    }
}
