using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Fintech.Dashboard.Live;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Fintech.Tests.Dashboard;

/// <summary>The live page in a browser, on rows as the worker would have written them.</summary>
public sealed class LiveBrowserTests(Servers servers) : IAsyncLifetime
{
    private static readonly string[] Merchants = ["Harbor Market", "Fern & Oak Kitchen", "Aurora Rail", "Bluebird Fuel", "Summit Cinema", "The Extraordinarily Long-Named Emporium of Fine Watches and Clocks"];
    private static readonly string[] Categories = ["Groceries", "Restaurants", "Travel", "Fuel", "Entertainment", "Luxury"];

    private Stage stage = null!;
    private Chromium chromium = null!;
    private IAsyncDisposable session = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;
    private static DateTimeOffset Now => DateTimeOffset.UtcNow;

    public async ValueTask InitializeAsync()
    {
        chromium = await Chromium.LaunchAsync();
        stage = await Stage.SetAsync(servers, Token);
        session = await stage.HoldStreamsAsync(Token);
        for (var i = 0; i < 240; i++)
        {
            var which = i * 7 % Merchants.Length;
            await stage.Warehouse.AddFactAsync(
                $"t-{i}", 5.00m + (i * 37 % 900), Now.AddSeconds(-i * 1.2), Token, Merchants[which], Categories[which], customerId: i % 20);
        }

        for (var i = 0; i < 8; i++)
            await stage.Warehouse.AddFactAsync($"a-{i}", 3_100m + i * 400, Now.AddSeconds(-10 - i * 30), Token, Merchants[5], Categories[5], customerId: 90 + i, alert: true);
        for (var i = 0; i < 12; i++)
            await stage.RingAsync($"r-{i}", merchant: Merchants[i % Merchants.Length]);
        await stage.Warehouse.CheckpointAsync(0, Now, 248, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await session.DisposeAsync();
        await chromium.DisposeAsync();
        await stage.DisposeAsync();
    }

    [Fact]
    public async Task A_filter_narrows_figures_and_lists_lives_in_the_address_and_back_takes_it_away()
    {
        await using var app = await stage.StartAsync(Token);
        var page = await OpenAsync(app, "/?window=1h");
        await Expect(Value(page, "transactions")).ToHaveAttributeAsync("data-value", "248");

        await page.GetByTestId("filter-add-merchant").ClickAsync();
        await page.GetByLabel("Merchant", new() { Exact = true }).FillAsync("Aurora Rail");
        await page.Keyboard.PressAsync("Enter");

        await Expect(Value(page, "transactions")).ToHaveAttributeAsync("data-value", "40");
        await Expect(page).ToHaveURLAsync(new Regex(@"\?window=1h&merchant=Aurora\+Rail$"));
        await Expect(page.Locator(".latest-merchant").First).ToHaveTextAsync("Aurora Rail");
        Assert.Equal(["Aurora Rail"], (await page.Locator(".latest-merchant").AllTextContentsAsync()).Distinct());
        await Expect(page.GetByTestId("kpi-latency")).ToContainTextAsync("not known by filter");
        await Expect(page.Locator("#alerts-empty")).ToHaveTextAsync("No alert passes the filter.");

        // Switched off it stays, in the bar and in the address; then it is removed.
        await page.Locator(".chip-toggle").ClickAsync();
        await Expect(Value(page, "transactions")).ToHaveAttributeAsync("data-value", "248");
        await Expect(page).ToHaveURLAsync(new Regex(@"&-merchant=Aurora\+Rail$"));
        await page.ReloadAsync();
        await Expect(page.Locator(".chip-toggle")).ToHaveAttributeAsync("aria-pressed", "false");
        await page.Locator(".chip-remove").ClickAsync();
        await Expect(page.GetByTestId("filter-chip")).ToHaveCountAsync(0);

        await page.GoBackAsync();
        await Expect(page.Locator(".chip-toggle")).ToHaveAttributeAsync("aria-pressed", "false");
    }

    [Fact]
    public async Task Several_conditions_come_with_a_link_and_what_is_not_counted_is_said()
    {
        await using var app = await stage.StartAsync(Token);
        var page = await OpenAsync(app, "/?category=Luxury&amount=4000..&alerts=only");

        await Expect(page.GetByTestId("filter-chip")).ToHaveCountAsync(2);
        await Expect(page.GetByTestId("filter-only-alerts")).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(Value(page, "alerts")).ToHaveAttributeAsync("data-value", "5");
        await Expect(page.GetByTestId("alert-item")).ToHaveCountAsync(5);
        await Expect(page.GetByTestId("kpi-alert-rate")).ToContainTextAsync("not known by filter");

        await page.Locator("#windows input[value=all]").CheckAsync();
        await Expect(page.GetByTestId("filter-note")).ToContainTextAsync("are counted for up to an hour");
        await Expect(page.GetByTestId("kpi-transactions")).ToContainTextAsync("not known by filter");
        await Expect(page).ToHaveURLAsync(new Regex("window=all"));
    }

    [Fact]
    public async Task Paused_the_page_stands_still_counts_what_comes_and_can_be_looked_through()
    {
        await using var app = await stage.StartAsync(Token);
        var page = await OpenAsync(app, "/?window=1h");
        await Expect(page.GetByTestId("alert-item")).ToHaveCountAsync(8);

        await page.Keyboard.PressAsync("Space");
        await stage.Warehouse.AddFactAsync("new", 9_999.00m, Now, Token, "Aurora Rail", "Travel", alert: true);
        await stage.RingAsync("r-new", merchant: "Aurora Rail");
        await Expect(page.Locator("#paused")).ToContainTextAsync("1 new, 1 alert since");
        await Expect(page.GetByTestId("alert-item")).ToHaveCountAsync(8);

        await page.GetByTestId("filter-add-amount").ClickAsync();
        await page.GetByLabel("Amount", new() { Exact = true }).FillAsync("5000..");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByTestId("alert-item")).ToHaveCountAsync(3);
        await Expect(page.GetByTestId("filter-note")).ToContainTextAsync("looks through what is held");
        await Expect(page.GetByTestId("kpi-transactions")).ToContainTextAsync("not known by filter");

        await page.Locator("#paused").ClickAsync();
        await Expect(page.GetByTestId("alert-item")).ToHaveCountAsync(4);
        await Expect(Value(page, "transactions")).ToHaveAttributeAsync("data-value", "4");
    }

    [Fact]
    public async Task After_the_server_restarts_window_filter_and_pause_are_as_they_were_and_figures_equal_the_warehouse()
    {
        var address = $"--urls=http://127.0.0.1:{FreePort()}";
        var app = await stage.StartAsync(Token, address);
        try
        {
            var page = await OpenAsync(app, "/?window=1h&category=Travel");
            await Expect(Value(page, "transactions")).ToHaveAttributeAsync("data-value", "40");
            var badge = page.GetByTestId("connection-badge");

            await app.DisposeAsync();
            await Expect(badge).ToHaveAttributeAsync("data-state", "reconnecting");
            await Expect(Value(page, "transactions")).ToHaveAttributeAsync("data-value", "40");
            await stage.Warehouse.AddFactAsync("meanwhile", 0.01m, Now, Token, "Aurora Rail", "Travel");
            await stage.Warehouse.AddFactAsync("alert-meanwhile", 4_711.00m, Now, Token, Merchants[5], Categories[5], alert: true);
            app = await stage.StartAsync(Token, address);

            await Expect(Value(page, "transactions")).ToHaveAttributeAsync("data-value", "41");
            await Expect(badge).Not.ToHaveAttributeAsync("data-state", "reconnecting");
            // One is called for what came meanwhile, also outside the filter.
            await Expect(page.Locator("#alarm")).ToContainTextAsync("New high alert: $4,711.00");
            var value = decimal.Parse((await Value(page, "value").GetAttributeAsync("data-value"))!, CultureInfo.InvariantCulture);
            await using var command = stage.Warehouse.DataSource.CreateCommand(
                "select sum(amount) from dw.fact_transactions f join dw.dim_merchant m using (merchant_key) where m.category = 'Travel'");
            Assert.Equal((decimal)(await command.ExecuteScalarAsync(Token))!, value);
        }
        finally
        {
            await app.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_page_that_slept_does_not_claim_to_be_live_and_a_wrong_clock_of_the_viewer_does_not_matter()
    {
        await using var app = await stage.StartAsync(Token, "--Dashboard:HeartbeatInterval=00:00:03", "--Dashboard:FrameInterval=00:00:01");
        var context = await chromium.Browser.NewContextAsync();
        await context.AddInitScriptAsync("const real = Date.now.bind(Date); window.shift = 3600000; Date.now = () => real() + window.shift;");
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(app.Address, "/?window=1h").AbsoluteUri);

        await Expect(page.GetByTestId("alert-item")).ToHaveCountAsync(8);
        Assert.Matches("^([0-9]+ s|[1-9] min)$", await page.Locator(".alert-age").First.TextContentAsync());
        await Expect(page.GetByTestId("connection-badge")).Not.ToHaveAttributeAsync("data-state", "stale");

        // Ten minutes pass on the wall while the page's own timers stood still; the next frame puts it right. On a busy machine it may do so
        // before the page has looked at its clock: then they pass once more.
        await page.EvaluateAsync(
            """
            () => {
                const badge = document.getElementById('badge');
                window.states = [];
                new MutationObserver(() => window.states.push(badge.dataset.state)).observe(badge, { attributes: true });
                window.sleep = () => { window.shift += 600000; window.slept = performance.now(); };
                window.sleep();
            }
            """);
        await Eventually.IsTrueAsync(
            "the badge to say that nothing came",
            _ => page.EvaluateAsync<bool>(
                """
                () => {
                    const told = window.states.some((state) => state === 'stale' || state === 'reconnecting');
                    if (!told && performance.now() - window.slept > 5000) window.sleep();
                    return told;
                }
                """), TimeSpan.FromSeconds(30), Token);
        await Expect(page.GetByTestId("connection-badge")).ToHaveAttributeAsync("data-state", new Regex("^(live|idle)$"));
    }

    [Theory]
    [InlineData("live-light", 1440, 900, ColorScheme.Light, "/")]
    [InlineData("live-dark", 1440, 900, ColorScheme.Dark, "/?category=Luxury&-customer=42")]
    [InlineData("live-phone", 390, 844, ColorScheme.Light, "/")]
    [InlineData("live-phone-dark", 390, 844, ColorScheme.Dark, "/?window=1m&amount=100..500")]
    public async Task The_page_fits_its_screen(string name, int width, int height, ColorScheme scheme, string address)
    {
        await using var app = await stage.StartAsync(Token);
        var page = await OpenAsync(app, address, width, height, scheme);
        await Expect(page.GetByTestId("latest-item").First).ToBeVisibleAsync();
        await page.ScreenshotAsync(new() { Path = Chromium.PicturePath($"{name}-filtered"), FullPage = width < 400 });

        Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
    }

    private async Task<IPage> OpenAsync(DashboardApp app, string address, int width = 1440, int height = 900, ColorScheme scheme = ColorScheme.Light)
    {
        var context = await chromium.Browser.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = scheme });
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(app.Address, address).AbsoluteUri);
        return page;
    }

    private static ILocator Value(IPage page, string figure) => page.GetByTestId($"kpi-{figure}");

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
