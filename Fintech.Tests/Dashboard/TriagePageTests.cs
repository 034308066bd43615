using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Fintech.Tests.Dashboard;

/// <summary>The alerts page in a browser, and in two.</summary>
public sealed class TriagePageTests(Servers servers) : IAsyncLifetime
{
    private const string Markup = "<img src=x onerror=\"document.title='hacked'\">";
    private const float Patience = 30_000;

    private Stage stage = null!;
    private DashboardApp app = null!;
    private Chromium chromium = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        chromium = await Chromium.LaunchAsync();
        stage = await Stage.SetAsync(servers, Token);
        app = await stage.StartAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
            await app.DisposeAsync();
        if (stage is not null)
            await stage.DisposeAsync();
        if (chromium is not null)
            await chromium.DisposeAsync();
    }

    [Fact]
    public async Task Of_two_browsers_one_wins_and_the_other_is_told()
    {
        await stage.Warehouse.AddOpenAsync("a-1", TimeSpan.FromMinutes(5), Token);
        var (maria, ada) = (await OpenAsync("/alerts"), await OpenAsync("/alerts"));
        foreach (var page in (IPage[])[maria, ada])
        {
            await page.Keyboard.PressAsync("j");
            await page.Keyboard.PressAsync("Enter");
            await Expect(page.GetByTestId("detail-status")).ToHaveTextAsync("Open", Slow);
        }

        await Task.WhenAll(maria.Keyboard.PressAsync("f"), ada.Keyboard.PressAsync("p"));

        await Eventually.ReadAsync("one of the two to be told", async _ => await maria.Locator(".decide-said.is-refused").CountAsync() + await ada.Locator(".decide-said.is-refused").CountAsync(),
            refused => refused == 1, TimeSpan.FromSeconds(30), Token);
        var loser = await maria.Locator(".decide-said.is-refused").CountAsync() == 1 ? maria : ada;
        await Expect(loser.Locator(".decide-said")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^local (confirmed this as fraud|marked this as a false positive) [0-9]+ s ago\\.$"), Slow);
        var winner = loser == maria ? "False positive" : "Confirmed fraud";
        foreach (var page in (IPage[])[maria, ada])
            await Expect(page.GetByTestId("detail-status")).ToHaveTextAsync(winner, Slow);
        await Expect(loser.GetByTestId("trail").Locator("li")).ToHaveCountAsync(1, new() { Timeout = Patience });

        // Undone by the other one: a row more in the trail, and open again on both.
        await loser.Keyboard.PressAsync("u");
        foreach (var page in (IPage[])[maria, ada])
            await Expect(page.GetByTestId("detail-status")).ToHaveTextAsync("Open", Slow);
        Assert.Equal(2L, await stage.Warehouse.ScalarAsync<long>("select count(*) from dw.alert_disposition", Token));
    }

    [Fact]
    public async Task Two_who_take_next_at_once_get_different_alerts_and_see_each_other()
    {
        for (var i = 1; i <= 3; i++)
            await stage.Warehouse.AddOpenAsync($"a-{i}", TimeSpan.FromMinutes(10 - i), Token);
        var (maria, ada) = (await OpenAsync("/alerts"), await OpenAsync("/alerts"));

        await Task.WhenAll(maria.Keyboard.PressAsync("n"), ada.Keyboard.PressAsync("n"));
        var taken = new List<string?>();
        foreach (var page in (IPage[])[maria, ada])
        {
            await Expect(page.GetByTestId("detail-status")).ToHaveTextAsync("Open", Slow);
            taken.Add(await page.GetByTestId("triage-detail").GetAttributeAsync("data-transaction-id"));
        }

        Assert.Equal(["a-1", "a-2"], taken.Order());
        await Expect(maria.Locator($"[data-transaction-id='{taken[1]}'] .triage-row-state")).ToHaveTextAsync("local is at it", Slow);
        await Expect(maria.Locator($"[data-transaction-id='{taken[0]}'].triage-row .triage-row-state")).ToHaveTextAsync("yours", Slow);

        await ada.CloseAsync(new() { RunBeforeUnload = true });
        await maria.Keyboard.PressAsync("Escape");
        await Eventually.ReadAsync("both to be given back", _ => stage.Warehouse.ScalarAsync<long>("select count(*) from dw.alert_claim where expires_at > now()", Token),
            left => left == 0, TimeSpan.FromSeconds(90), Token);
    }

    [Fact]
    public async Task Several_are_selected_and_marked_and_new_ones_are_counted_before_they_are_shown()
    {
        for (var i = 1; i <= 4; i++)
            await stage.Warehouse.AddOpenAsync($"a-{i}", TimeSpan.FromMinutes(10 - i), Token, merchant: Markup);
        var page = await OpenAsync("/alerts");
        await Expect(page.GetByTestId("triage-row")).ToHaveCountAsync(4, new() { Timeout = Patience });
        await page.Keyboard.PressAsync("j");
        await page.Keyboard.PressAsync("x");
        await page.Locator("[data-transaction-id='a-3'].triage-row .triage-open").ClickAsync(new() { Modifiers = [KeyboardModifier.Shift] });
        await Expect(page.GetByTestId("bulk").Locator("strong")).ToHaveTextAsync("3 selected", Slow);
        await page.GetByLabel("Comment for all").FillAsync(Markup);
        await page.GetByTestId("bulk").GetByText("False positive").ClickAsync();
        await Expect(page.GetByTestId("said")).ToHaveTextAsync("3 marked.", Slow);

        await stage.Warehouse.AddOpenAsync("a-5", TimeSpan.Zero, Token);
        await Expect(page.GetByTestId("news")).ToHaveTextAsync("1 new alert: show it", Slow);
        await Expect(page.GetByTestId("triage-row")).ToHaveCountAsync(4);
        await page.GetByTestId("news").ClickAsync();
        await Expect(page.GetByTestId("triage-row")).ToHaveCountAsync(2, new() { Timeout = Patience });

        await page.GotoAsync(new Uri(app.Address, "/alerts?state=false_positive&id=a-1&source=stream").ToString());
        await Expect(page.Locator(".trail-comment")).ToHaveTextAsync(Markup, Slow);
        await Expect(page.Locator(".triage-state[data-state='false_positive']")).ToHaveAttributeAsync("aria-pressed", "true");
        Assert.Equal(0, await page.Locator("main img").CountAsync());
        Assert.DoesNotContain("hacked", await page.TitleAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_closed_no_key_decides_and_the_address_is_that_of_the_page()
    {
        await stage.Warehouse.AddOpenAsync("a-1", TimeSpan.FromMinutes(5), Token);
        await stage.Warehouse.AddOpenAsync("a-2", TimeSpan.FromMinutes(4), Token);
        var page = await OpenAsync("/alerts?customer=42");
        await page.Keyboard.PressAsync("j");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByTestId("detail-status")).ToHaveTextAsync("Open", Slow);
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("j");
        foreach (var key in (string[])["f", "a", "p", "u"])
            await page.Keyboard.PressAsync(key);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByTestId("detail-status")).ToHaveTextAsync("Open", Slow);
        Assert.Equal(0L, await stage.Warehouse.ScalarAsync<long>("select count(*) from dw.alert_disposition", Token));

        // With an alert open to another page, and back to it.
        var opened = new Uri(app.Address, "/alerts?customer=42&id=a-2&source=stream").ToString();
        await Expect(page).ToHaveURLAsync(opened, new() { Timeout = Patience });
        await page.Keyboard.PressAsync("3");
        await Expect(page.Locator("main#history[data-ready]")).ToBeVisibleAsync(new() { Timeout = Patience });
        await Expect(page).ToHaveURLAsync(new Uri(app.Address, "/history").ToString());
        await page.Keyboard.PressAsync("1");
        await Expect(page.Locator("main#live[data-ready]")).ToBeVisibleAsync(new() { Timeout = Patience });
        await Expect(page.GetByTestId("filter-chip")).ToHaveCountAsync(0);
        await page.Keyboard.PressAsync("2");
        await Expect(page.GetByTestId("triage-detail")).ToHaveAttributeAsync("data-transaction-id", "a-2", new() { Timeout = Patience });
        await Expect(page).ToHaveURLAsync(opened, new() { Timeout = Patience });
    }

    [Fact]
    public async Task A_decision_whose_answer_is_lost_is_sent_again_and_made_once()
    {
        await stage.Warehouse.AddOpenAsync("a-1", TimeSpan.FromMinutes(5), Token);
        var page = await OpenAsync("/alerts?id=a-1&source=stream");
        await Expect(page.GetByTestId("detail-status")).ToHaveTextAsync("Open", Slow);
        var sent = 0;
        await page.RouteAsync("**/api/alerts/decisions", async route =>
        {
            if (++sent > 2)
            {
                await route.ContinueAsync();
                return;
            }

            // The first never arrives; of the second only the answer is lost.
            if (sent == 2)
                await route.FetchAsync();
            await route.FulfillAsync(new() { Status = 503, ContentType = "application/problem+json", Body = """{"detail":"The warehouse cannot be read at the moment."}""" });
        });

        await page.Keyboard.PressAsync("f");

        await Expect(page.GetByTestId("detail-status")).ToHaveTextAsync("Confirmed fraud", Slow);
        await Expect(page.Locator(".decide-said")).ToHaveTextAsync("", Slow);
        Assert.Equal((3, 1L), (sent, await stage.Warehouse.ScalarAsync<long>("select count(*) from dw.alert_disposition", Token)));
    }

    private static LocatorAssertionsToHaveTextOptions Slow => new() { Timeout = Patience };

    private async Task<IPage> OpenAsync(string address, int width = 1440, int height = 900, ColorScheme theme = ColorScheme.Light)
    {
        var page = await chromium.Browser.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = theme });
        await page.GotoAsync(new Uri(app.Address, address).ToString());
        await Expect(page.GetByTestId("triage-row").First).ToBeVisibleAsync(new() { Timeout = Patience });
        return page;
    }
}
