using System.Net.Http.Headers;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Fintech.Tests.Dashboard;

/// <summary>What is around the pages: going from one to another, keys, help, settings, the view for a wall.</summary>
public sealed class ShellTests(Servers servers) : IAsyncLifetime
{
    private Stage stage = null!;
    private DashboardApp app = null!;
    private Chromium chromium = null!;
    private Screen screen = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IPage Page => screen.Page;

    public async ValueTask InitializeAsync()
    {
        chromium = await Chromium.LaunchAsync();
        stage = await Stage.SetAsync(servers, Token);
        app = await stage.StartAsync(Token);
        screen = await Screen.OpenAsync(chromium, 1440, 900, ColorScheme.Light);
    }

    public async ValueTask DisposeAsync()
    {
        await screen.DisposeAsync();
        await chromium.DisposeAsync();
        await app.DisposeAsync();
        await stage.DisposeAsync();
    }

    [Fact]
    public async Task Pages_are_reached_by_link_key_address_and_back_and_the_keyboard_goes_on_from_the_heading()
    {
        await OpenAsync("/");
        await Page.Locator("#tabs a", new() { HasText = "History" }).ClickAsync();
        await IsShownAsync("history", "History · Fintech");
        await Expect(Page.Locator("main#history .page-title, main#history:not(:has(.page-title))").First).ToBeFocusedAsync();

        await Page.Keyboard.PressAsync("4");
        await IsShownAsync("pipeline", "Pipeline · Fintech");
        await Page.GoBackAsync();
        await IsShownAsync("history", "History · Fintech");
        await Page.GoForwardAsync();
        await IsShownAsync("pipeline", "Pipeline · Fintech");
        await Page.ReloadAsync();
        await IsShownAsync("pipeline", "Pipeline · Fintech");
        await Page.Keyboard.PressAsync("1");
        await IsShownAsync("live", "Fintech");
        screen.HasNoProblems();
    }

    [Fact]
    public async Task Each_page_is_found_as_it_was_left_and_a_wall_stays_one()
    {
        await OpenAsync("/?window=1h&category=Travel");
        await Page.Keyboard.PressAsync("3");
        await IsShownAsync("history", "History · Fintech");
        await Page.Locator("#tabs a", new() { HasText = "Live" }).ClickAsync();
        await IsShownAsync("live", "Fintech");
        Assert.Equal("?window=1h&category=Travel", new Uri(Page.Url).Query);
        await Expect(Page.Locator(".chip-toggle")).ToHaveTextAsync("Category: Travel");
        await Expect(Page.Locator("#windows input[value='1h']")).ToBeCheckedAsync();

        await Page.Keyboard.PressAsync("Shift+W");
        await Page.Keyboard.PressAsync("4");
        await IsShownAsync("pipeline", "Pipeline · Fintech");
        await Page.GoBackAsync();
        await IsShownAsync("live", "Fintech");
        await Page.Keyboard.PressAsync("3");
        await IsShownAsync("history", "History · Fintech");
        await Page.ReloadAsync();
        await IsShownAsync("history", "History · Fintech");
        await Expect(Page.Locator("html[data-wall]")).ToHaveCountAsync(1);
        screen.HasNoProblems();
    }

    /// <summary>Over plain HTTP, from another machine, a browser leaves out much of what it has on localhost.</summary>
    [Fact]
    public async Task Every_page_does_without_what_only_a_secure_context_has()
    {
        await Page.AddInitScriptAsync("delete Crypto.prototype.randomUUID; delete Crypto.prototype.subtle; delete Navigator.prototype.clipboard; delete Navigator.prototype.wakeLock;");
        foreach (var (_, path) in Screen.Pages)
            await OpenAsync(path);
        screen.HasNoProblems();
    }

    [Fact]
    public async Task The_first_stop_of_the_tab_key_leads_past_the_header()
    {
        await OpenAsync("/history");
        await Page.Keyboard.PressAsync("Tab");
        await Expect(Page.Locator("#skip")).ToBeFocusedAsync();
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Page.Locator("main#history")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task A_page_that_cannot_be_loaded_says_so_and_can_be_tried_again()
    {
        await OpenAsync("/");
        await Page.RouteAsync("**/assets/**", route => route.AbortAsync());
        // It holds a moment later: the browser hands what it fetches with to the page anew.
        await Page.WaitForFunctionAsync("() => fetch('/assets/none').then(() => false, () => true)");
        await Page.Keyboard.PressAsync("3");
        await Expect(Page.Locator("main#history .cannot-load")).ToContainTextAsync("History could not be loaded");
        await Page.UnrouteAllAsync();
        await Page.GetByRole(AriaRole.Button, new() { Name = "Load the page anew" }).ClickAsync();
        await IsShownAsync("history", "History · Fintech");
    }

    [Fact]
    public async Task The_help_lists_the_keys_of_the_page_one_is_on_and_gives_the_focus_back()
    {
        await OpenAsync("/");
        await Page.Locator("#help-button").ClickAsync();
        var help = Page.Locator("dialog#help");
        await Expect(help.Locator("h3").First).ToHaveTextAsync("Live");
        await Expect(help.Locator("dd", new() { HasText = "Pause" }).First).ToBeVisibleAsync();
        await Page.Keyboard.PressAsync("Escape");
        await Expect(help).ToHaveCountAsync(0);
        await Expect(Page.Locator("#help-button")).ToBeFocusedAsync();
        await Page.Keyboard.PressAsync("?");
        await Expect(help).ToBeVisibleAsync();
        await Expect(help.Locator("dt:has-text('v') + dd", new() { HasText = "Tables" })).ToBeVisibleAsync();
        await Page.Keyboard.PressAsync("?");
        await Expect(help).ToHaveCountAsync(0);
        await Page.Keyboard.PressAsync("v");
        await Expect(Page.Locator("#amount-table")).ToBeVisibleAsync();
        await Page.Keyboard.PressAsync("v");
        await Expect(Page.Locator("#amount-chart")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Keys_of_one_letter_can_be_switched_off()
    {
        await OpenAsync("/");
        await Page.Keyboard.PressAsync("s");
        await Page.GetByLabel("Keys of one letter").UncheckAsync();
        await Page.Keyboard.PressAsync("Escape");
        await Page.Keyboard.PressAsync("3");
        await Page.Keyboard.PressAsync("?");
        await Expect(Page.Locator("main#live")).ToBeVisibleAsync();
        await Expect(Page.Locator("dialog#help")).ToHaveCountAsync(0);
        await Page.Locator("#help-button").ClickAsync();
        await Expect(Page.Locator("dialog#help")).ToContainTextAsync("switched off");
    }

    [Fact]
    public async Task Colours_are_chosen_kept_and_there_before_the_first_paint()
    {
        await OpenAsync("/pipeline");
        await Page.Keyboard.PressAsync("s");
        await Page.GetByLabel("Dark", new() { Exact = true }).CheckAsync();
        await Page.Keyboard.PressAsync("Escape");
        var dark = await BackgroundAsync();
        await screen.Page.AddInitScriptAsync(
            "new PerformanceObserver((list) => { for (const entry of list.getEntries()) (window.paints ??= []).push(getComputedStyle(document.body).backgroundColor); }).observe({ type: 'paint', buffered: true });");
        await Page.ReloadAsync();
        await IsShownAsync("pipeline", "Pipeline · Fintech");
        Assert.Equal(dark, await BackgroundAsync());
        await ComesTrueAsync("a paint", "window.paints?.length > 0");
        Assert.All(await Page.EvaluateAsync<string[]>("window.paints"), painted => Assert.Equal(dark, painted));

        await Page.Keyboard.PressAsync("t");
        Assert.NotEqual(dark, await BackgroundAsync());
    }

    [Theory]
    [InlineData("localStorage.setItem('fintech.preferences', '{\"theme\":\"purple\",\"locale\":\"!!\",\"soundFrom\":7,\"utc\":true')")]
    [InlineData("localStorage.setItem('fintech.preferences', '{\"theme\":\"purple\",\"locale\":\"!!\",\"keys\":\"no\"}')")]
    [InlineData("Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied', 'SecurityError'); } })")]
    public async Task Garbage_in_the_storage_or_none_at_all_does_no_harm(string script)
    {
        await Page.AddInitScriptAsync(script);
        await OpenAsync("/");
        await Page.Keyboard.PressAsync("t");
        await Expect(Page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        await Page.Keyboard.PressAsync("3");
        await IsShownAsync("history", "History · Fintech");
        screen.HasNoProblems();
    }

    [Fact]
    public async Task Times_numbers_and_currencies_are_written_as_chosen()
    {
        await OpenAsync("/");
        await Expect(Page.Locator(".books-zone")).ToContainTextAsync("Europe/Berlin", new() { Timeout = Screen.PatienceMs });
        await Page.Keyboard.PressAsync("s");
        await Page.GetByLabel("Times in UTC").CheckAsync();
        await Page.GetByLabel("Numbers and dates").SelectOptionAsync("de-DE");
        await Page.GetByLabel("Currencies").SelectOptionAsync("code");
        await Page.Keyboard.PressAsync("Escape");
        await Expect(Page.Locator(".books-zone")).ToContainTextAsync("UTC", new() { Timeout = Screen.PatienceMs });
        await Page.Keyboard.PressAsync("s");
        await Expect(Page.Locator("dialog#settings")).ToContainTextAsync("1.234,50 USD");
    }

    [Fact]
    public async Task Sound_and_notification_are_off_until_chosen_and_asked_for_by_a_click_alone()
    {
        await Page.AddInitScriptAsync(
            """
            window.asked = 0; window.told = []; window.tones = 0;
            window.Notification = class { static permission = 'default'; static async requestPermission() { asked++; return (Notification.permission = 'granted'); }
              constructor(title, options) { told.push(`${title}: ${options.body}`); } addEventListener() {} close() {} };
            const start = OscillatorNode.prototype.start;
            OscillatorNode.prototype.start = function (...rest) { tones++; return start.apply(this, rest); };
            """);
        await OpenAsync("/");
        await stage.Warehouse.AddAlertAsync("a-1", 4_500m, DateTimeOffset.UtcNow, Token);
        await Expect(Page.Locator("[data-testid=alert-list] [data-transaction-id='a-1']")).ToBeVisibleAsync(new() { Timeout = Screen.PatienceMs });
        Assert.Equal("0 0 0", await Page.EvaluateAsync<string>("`${asked} ${told.length} ${tones}`"));

        await Page.Keyboard.PressAsync("s");
        await Page.GetByLabel("A notification while this page is out of sight").CheckAsync();
        await Page.GetByLabel("A sound for new alerts").CheckAsync();
        await Page.GetByRole(AriaRole.Button, new() { Name = "Test: notification" }).ClickAsync();
        await Page.GetByRole(AriaRole.Button, new() { Name = "Test: sound" }).ClickAsync();
        await ComesTrueAsync("both tests", "asked === 1 && told.length === 1 && tones > 0");
        await Page.Keyboard.PressAsync("Escape");

        // In sight there is the sound alone; both are one for many.
        var before = await Page.EvaluateAsync<int>("tones");
        foreach (var number in Enumerable.Range(2, 5))
            await stage.Warehouse.AddAlertAsync($"a-{number}", 4_500m, DateTimeOffset.UtcNow, Token);
        await ComesTrueAsync("a sound for the new alerts", $"tones > {before}");
        Assert.Equal(1, await Page.EvaluateAsync<int>("told.length"));

        // What the live page is narrowed to silences nothing, on no page.
        await OpenAsync("/?category=Elsewhere");
        await Expect(Page.Locator("#alerts-empty")).ToHaveTextAsync("No alert passes the filter.", new() { Timeout = Screen.PatienceMs });
        await Page.Keyboard.PressAsync("3");
        await IsShownAsync("history", "History · Fintech");
        await stage.Warehouse.AddAlertAsync("a-7", 4_500m, DateTimeOffset.UtcNow, Token);
        await ComesTrueAsync("a sound for an alert that does not pass the filter", "tones > 0");
        screen.HasNoProblems();
    }

    [Fact]
    public async Task The_wall_view_is_part_of_the_address_larger_and_lets_go_of_nobody()
    {
        await Page.SetViewportSizeAsync(1920, 1080);
        await OpenAsync("/");
        var size = await FontSizeAsync();
        await Page.Keyboard.PressAsync("Shift+W");
        Assert.Contains("wall", new Uri(Page.Url).Query, StringComparison.Ordinal);
        Assert.True(await FontSizeAsync() > size);
        await Page.ReloadAsync();
        await Expect(Page.Locator("html[data-wall]")).ToHaveCountAsync(1);
        await Expect(Page.Locator("html[data-still]")).ToHaveCountAsync(1, new() { Timeout = Screen.PatienceMs });
        await Page.Mouse.MoveAsync(100, 100);
        await Page.Mouse.MoveAsync(120, 120);
        await Expect(Page.Locator("html[data-still]")).ToHaveCountAsync(0);
        await Page.Locator("#wall").ClickAsync();
        Assert.DoesNotContain("wall", new Uri(Page.Url).Query, StringComparison.Ordinal);
        Assert.Equal(size, await FontSizeAsync());
    }

    [Fact]
    public async Task Every_target_on_a_phone_is_44_pixels_high()
    {
        await Page.SetViewportSizeAsync(390, 844);
        foreach (var (_, path) in Screen.Pages)
        {
            await OpenAsync(path);
            var small = await Page.EvaluateAsync<string[]>(
                """
                () => [...document.querySelectorAll('header.top :is(a, button), main:not([hidden]) :is(.button, .icon, [role=tab], select, input:not([type=radio], [type=checkbox]))')]
                  .filter((element) => element.checkVisibility() && element.getBoundingClientRect().height < 43.5)
                  .map((element) => `${element.id || element.className || element.textContent}: ${element.getBoundingClientRect().height}`)
                """);
            Assert.Empty(small);
        }
    }

    [Fact]
    public async Task The_files_of_the_page_come_compressed_and_what_the_server_says_of_data_does_not()
    {
        var page = await app.Http.GetStringAsync(new Uri("/", UriKind.Relative), Token);
        var script = page.Split("src=\"")[1].Split('"')[0];
        using var request = new HttpRequestMessage(HttpMethod.Get, script) { Headers = { AcceptEncoding = { new StringWithQualityHeaderValue("br") } } };
        using var answer = await app.Http.SendAsync(request, Token);
        Assert.Equal("br", Assert.Single(answer.Content.Headers.ContentEncoding));
        Assert.Contains("immutable", answer.Headers.CacheControl!.ToString(), StringComparison.Ordinal);

        using var data = new HttpRequestMessage(HttpMethod.Get, "/api/kpis?window=all") { Headers = { AcceptEncoding = { new StringWithQualityHeaderValue("br") } } };
        using var figures = await app.Http.SendAsync(data, Token);
        Assert.Empty(figures.Content.Headers.ContentEncoding);
    }

    private async Task OpenAsync(string path)
    {
        await Page.GotoAsync(new Uri(app.Address, path).ToString());
        await Expect(Page.Locator("main[data-ready]:not([hidden])")).ToHaveCountAsync(1, new() { Timeout = Screen.PatienceMs });
    }

    private async Task IsShownAsync(string id, string title)
    {
        await Expect(Page.Locator($"main#{id}[data-ready]")).ToBeVisibleAsync(new() { Timeout = Screen.PatienceMs });
        await Expect(Page.Locator("main:not([hidden])")).ToHaveCountAsync(1);
        await Expect(Page.Locator("#tabs [aria-current=page]")).ToHaveCountAsync(1);
        await Expect(Page).ToHaveTitleAsync(title);
    }

    /// <summary>Asked again and again from here: a page under this policy of contents lets nobody wait within it.</summary>
    private Task ComesTrueAsync(string what, string expression) =>
        Eventually.IsTrueAsync(what, _ => Page.EvaluateAsync<bool>(expression), TimeSpan.FromMilliseconds(Screen.PatienceMs), Token);

    private Task<string> BackgroundAsync() => Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");

    private Task<double> FontSizeAsync() => Page.EvaluateAsync<double>("parseFloat(getComputedStyle(document.documentElement).fontSize)");
}
