using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;
using static Fintech.Tests.Platform.RunningPlatform;

namespace Fintech.Tests.Platform;

/// <summary>The page as a person sees it: a real headless Chromium against the running platform.</summary>
public sealed class PageTests(Servers servers)
{
    private const float PatienceMs = 60_000;
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_alert_appears_on_the_page_and_its_numbers_survive_a_reload()
    {
        await using var chromium = await Chromium.LaunchAsync();
        var platform = await servers.Platform;
        var page = await chromium.Browser.NewPageAsync(new() { ViewportSize = new() { Width = 1440, Height = 900 } });
        var problems = new List<string>();
        page.PageError += (_, error) => problems.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                problems.Add(message.Text);
        };

        await page.GotoAsync(await platform.LinkAsync(Token));
        await Expect(page.GetByTestId("connection-badge")).ToHaveAttributeAsync("data-state", "live", new() { Timeout = PatienceMs });

        var transaction = PlatformTests.Purchase(4_500m);
        await platform.PublishAsync(transaction);
        await Expect(page.Locator($"[data-testid=alert-list] [data-transaction-id='{transaction.TransactionId}']")).ToBeVisibleAsync(new() { Timeout = PatienceMs });

        var before = await KpiAsync(page, "kpi-transactions");
        Assert.True(before > 0);
        await page.ReloadAsync();
        await Expect(page.Locator($"[data-testid=alert-list] [data-transaction-id='{transaction.TransactionId}']")).ToBeVisibleAsync(new() { Timeout = PatienceMs });
        await Expect(page.GetByTestId("connection-badge")).ToHaveAttributeAsync("data-state", "live", new() { Timeout = PatienceMs });

        // What the page says is what the warehouse says.
        await page.GotoAsync(new Uri(platform.Dashboard, "/?window=all").ToString());
        await Eventually.IsTrueAsync("the page to show the warehouse's own count", async token =>
        {
            var low = await RowsAsync(platform, token);
            var shown = await KpiAsync(page, "kpi-transactions");
            var high = await RowsAsync(platform, token);
            return shown > 0 && shown >= low - 100 && shown <= high;
        }, TimeSpan.FromSeconds(30), Token);

        Assert.Empty(problems);
    }

    /// <summary>With the platform's own data; ScreensTests looks at all pages and takes the pictures.</summary>
    [Theory]
    [InlineData(1440, 900, ColorScheme.Light)]
    [InlineData(1440, 900, ColorScheme.Dark)]
    [InlineData(390, 844, ColorScheme.Light)]
    public async Task The_live_page_fits_the_screen(int width, int height, ColorScheme scheme)
    {
        await using var chromium = await Chromium.LaunchAsync();
        var platform = await servers.Platform;
        await platform.PublishAsync(PlatformTests.Purchase(4_500m));
        var page = await chromium.Browser.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = scheme });
        await page.GotoAsync(await platform.LinkAsync(Token));
        await Expect(page.GetByTestId("connection-badge")).ToHaveAttributeAsync("data-state", "live", new() { Timeout = PatienceMs });
        await Expect(page.Locator("[data-testid=latest-list] [data-transaction-id]").First).ToBeVisibleAsync(new() { Timeout = PatienceMs });

        var overflow = await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        Assert.Equal(0, overflow);
    }

    private static async Task<long> KpiAsync(IPage page, string id) =>
        long.TryParse(await page.GetByTestId(id).GetAttributeAsync("data-value"), out var value) ? value : 0;

    private static Task<long> RowsAsync(RunningPlatform platform, CancellationToken cancellationToken) =>
        ScalarAsync<long>(platform.Warehouse, "select count(*) from dw.fact_transactions", cancellationToken);
}
