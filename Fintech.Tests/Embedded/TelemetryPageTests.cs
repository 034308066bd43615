using System.Text.RegularExpressions;
using Fintech.Embedded.Telemetry;
using Microsoft.Playwright;
using Xunit;
using static Fintech.Tests.Embedded.TelemetryExports;
using static Microsoft.Playwright.Assertions;

namespace Fintech.Tests.Embedded;

public sealed partial class TelemetryPageTests
{
    private const string Markup = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>";

    [Fact]
    public async Task In_a_browser_a_trace_is_found_opened_and_left_and_markup_in_it_stays_text()
    {
        var chromium = Needs.Chromium();
        await using var host = await TelemetryHost.StartAsync();
        await host.TakeAsync("traces", Export("producer", Markup, Span(
            7, 70, 0, Markup, 0, 10, Attribute(Markup, Markup), Event(Markup, 1, (Markup, Markup)), Failed(Markup))));
        await host.TakeAsync("traces", Export(Markup, "x", Span(7, 71, 70, "SELECT", 2, 8, Link(8, 80)), Span(8, 80, 0, "process batch", 0, 1)));
        await host.TakeAsync("logs", Export("producer", Markup, Log(1, 17, Markup, 7, 70, (Markup, Markup))));
        await host.TakeAsync("metrics", Export("producer", Markup, Metric(Markup, Markup, Gauge(1, 5, (Markup, Markup)))));

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = chromium,
            Args = ["--no-sandbox", "--disable-gpu"],
        });
        var page = await browser.NewPageAsync();
        var faults = new List<string>();
        page.PageError += (_, fault) => faults.Add(fault);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                faults.Add(message.Text);
        };

        await page.GotoAsync(host.Server.LoginUrl);
        await Expect(page).ToHaveURLAsync($"{host.Server.Url}/");
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(2);

        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("select onerror");
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("j");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("h2")).ToHaveTextAsync([Markup, "Keys"]);
        await Expect(page.Locator(".span")).ToHaveCountAsync(2);

        await page.Locator(".span").First.ClickAsync();
        await Expect(page.Locator(".panel h3")).ToHaveTextAsync(Markup);
        await Expect(page.Locator(".panel .failed")).ToHaveTextAsync(Markup);
        await Expect(page.Locator(".panel .body")).ToHaveTextAsync(Markup);

        await page.Locator(".linked a").ClickAsync();
        await Expect(page.Locator(".trace-head h2")).ToHaveTextAsync("process batch");
        await page.Locator(".panel .happened a").ClickAsync();
        await Expect(page.Locator(".panel h3")).ToHaveTextAsync("SELECT");
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page).ToHaveURLAsync($"{host.Server.Url}/?text=select+onerror");

        await page.GotoAsync($"{host.Server.Url}/logs");
        await page.Locator("tbody button").ClickAsync();
        await Expect(page.Locator(".details dd").Filter(new() { HasText = "onerror" })).ToHaveCountAsync(2);
        await page.GotoAsync($"{host.Server.Url}/metrics");
        await Expect(page.Locator(".now")).ToHaveTextAsync("5");

        Assert.Equal("Telemetry · Fintech", await page.TitleAsync());
        Assert.Equal(0, await page.Locator("img, body script").CountAsync());
        Assert.Empty(faults);
    }

    [Fact]
    public void The_page_has_no_way_to_turn_text_into_markup_and_asks_no_other_host()
    {
        var assembly = typeof(TelemetryServer).Assembly;
        var names = assembly.GetManifestResourceNames();
        Assert.Contains("page/index.html", names);
        Assert.Contains("page/tokens.css", names);
        foreach (var name in names)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            var found = Unsafe().Match(reader.ReadToEnd().Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal));
            Assert.False(found.Success, $"{name} has {found.Value}");
        }
    }

    [GeneratedRegex("""innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|https?://|\son\w+=|\sstyle=""")]
    private static partial Regex Unsafe();
}
