using System.Text;
using System.Text.RegularExpressions;
using Fintech.Analysis.Document;
using Microsoft.Playwright;
using Xunit;

namespace Fintech.Tests.Analysis;

public sealed partial class DocumentTests(Servers servers)
{
    private const string Hostile = "</svg><script>window.hacked = 1</script><img src=x onerror=\"window.hacked = 1\">'&";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Names_from_the_data_are_text_and_never_markup()
    {
        Sale[] sales =
        [
            .. Enumerable.Range(0, 5).Select(i => new Sale($"h{i}", 1, Hostile + i, AnalysisBench.Begin.AddHours(i * 30), 4_000, Streamed: true, Delay: TimeSpan.FromSeconds(1), Alert: true, Rule: Hostile)),
            new("h9", 2, "Fuel", AnalysisBench.Begin, 10, Currency: "<b>"),
        ];
        await using var bench = await AnalysisBench.CreateAsync(servers, sales);
        var html = EdaDocument.Write(await bench.ReadAsync());
        Assert.DoesNotContain("<script>window", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", html, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;window.hacked", html, StringComparison.Ordinal);

        await using var browser = await BrowserAsync(html);
        Assert.Null(await browser.Page.EvaluateAsync<int?>("window.hacked ?? null"));
        Assert.Empty(browser.Problems);
    }

    [Fact]
    public async Task One_purchase_makes_a_whole_document()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, [new("one", 1, "Fuel", AnalysisBench.Begin.AddHours(9), 12.50m)]);
        var html = EdaDocument.Write(await bench.ReadAsync());
        Assert.Contains("The only purchase in USD is one of USD 12.50", html, StringComparison.Ordinal);
        Assert.Contains("All revenue in USD that a customer is known for is from one customer", html, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Infinity", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_customer_makes_a_whole_document()
    {
        Sale[] sales = [.. Enumerable.Range(0, 8).Select(i => new Sale($"o{i}", 7, i < 6 ? "Fuel" : "Travel", AnalysisBench.Begin.AddHours(5 + i * 20), i == 7 ? -5 : 10 + i, Type: i == 7 ? "refund" : "purchase"))];
        await using var bench = await AnalysisBench.CreateAsync(servers, sales);
        var html = EdaDocument.Write(await bench.ReadAsync());
        Assert.Contains("All revenue in USD that a customer is known for is from one customer", html, StringComparison.Ordinal);
        Assert.Contains("None of 1 customer with six purchases or more", html, StringComparison.Ordinal);
        Assert.Contains("Fuel brings most revenue in USD: 87.2 % of USD 86", html, StringComparison.Ordinal);      // 75 of 91 less 5
        Assert.Contains("<td class=\"number\">7</td><td class=\"number\">86.00</td><td class=\"number\">100 %</td>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Infinity", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refund_alone_makes_a_document_without_wrong_shares()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, [new("back", null, "Fuel", AnalysisBench.Begin, -12.50m, Type: "refund")]);
        var html = EdaDocument.Write(await bench.ReadAsync());
        Assert.Contains("There are no purchases in USD", html, StringComparison.Ordinal);
        Assert.Contains("No transaction in USD names a customer", html, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_opens_alone_in_a_browser_and_shows_values_to_pointer_and_keyboard()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, AnalysisBench.FixedSales);
        await using var browser = await BrowserAsync(EdaDocument.Write(await bench.ReadAsync()));
        var page = browser.Page;

        // Nothing overlaps the edge, and every chart tells those who cannot see it what it shows.
        Assert.False(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > innerWidth"));
        var charts = page.Locator("figure svg[role=img]");
        Assert.True(await charts.CountAsync() >= 8);
        Assert.Equal(await charts.CountAsync(), await page.EvaluateAsync<int>(
            "[...document.querySelectorAll('figure svg')].filter(s => s.getAttribute('aria-labelledby').split(' ').every(id => document.getElementById(id)?.textContent.length > 10)).length"));
        Assert.Equal(0, await page.EvaluateAsync<int>("""
            [...document.querySelectorAll('figure svg')].filter(s => {
              const box = s.viewBox.baseVal;
              return [...s.querySelectorAll('text')].some(t => { const b = t.getBBox(); return !t.hasAttribute('transform') && (b.x < -1 || b.x + b.width > box.width + 1 || b.y + b.height > box.height + 1); });
            }).length
            """));

        var mark = page.Locator("#amounts rect[data-tip]").Nth(5);
        var expected = await mark.GetAttributeAsync("data-tip");

        // Bringing the mark into view scrolls, which hides a tip again, sooner or later.
        await Eventually.IsTrueAsync("the tip of the mark under the pointer", async _ =>
        {
            await page.Mouse.MoveAsync(0, 0);
            await mark.HoverAsync();
            return await page.Locator("#tip").IsVisibleAsync() && await page.Locator("#tip").TextContentAsync() == expected;
        }, TimeSpan.FromSeconds(30), Token);

        // The same by the keyboard: a chart takes the focus, arrows go from mark to mark.
        await page.Mouse.MoveAsync(0, 0);
        await page.Locator("#amounts figure svg").First.FocusAsync();
        var tip = page.Locator("#tip");
        foreach (var (key, at) in ((string, int)[])[("ArrowRight", 0), ("ArrowRight", 1), ("ArrowLeft", 0), ("End", -1), ("ArrowRight", -1), ("Home", 0)])
        {
            await page.Keyboard.PressAsync(key);
            var marks = page.Locator("#amounts figure svg").First.Locator("[data-tip]");
            await Assertions.Expect(tip).ToHaveTextAsync((await (at < 0 ? marks.Last : marks.Nth(at)).GetAttributeAsync("data-tip"))!);
        }

        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(tip).ToBeHiddenAsync();

        // Whatever a mark tells stands in a table, too.
        Assert.Equal(0, await page.EvaluateAsync<int>("[...document.querySelectorAll('figure')].filter(f => f.querySelector('[data-tip]') && !f.closest('section').querySelector('table')).length"));
        Assert.Equal(await page.Locator("#amounts figure svg").First.Locator("rect[data-tip]").CountAsync(), await page.Locator("#amounts details.numbers", new() { HasTextString = "Purchases by amount in USD" }).Locator("tbody tr").CountAsync());
        Assert.Equal(await page.Locator("#customers figure svg").First.Locator("[data-tip]").CountAsync(), await page.Locator("#customers details.numbers", new() { HasTextString = "The curve of concentration in USD" }).Locator("tbody tr").CountAsync());
        Assert.Empty(browser.Problems);
    }

    /// <summary>Pictures are for looking at: analysis-light, -dark and -print, and analysis.pdf, where FINTECH_SCREENSHOTS says.</summary>
    [Fact]
    public async Task It_prints_with_every_title_and_figure()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, AnalysisBench.FixedSales);
        await using var browser = await BrowserAsync(EdaDocument.Write(await bench.ReadAsync()));
        var page = browser.Page;
        foreach (var scheme in (ColorScheme[])[ColorScheme.Dark, ColorScheme.Light])
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await page.ScreenshotAsync(new() { Path = Chromium.PicturePath($"analysis-{(scheme == ColorScheme.Light ? "light" : "dark")}"), FullPage = true });
        }

        var titles = await page.Locator("h1, h2, h3").AllTextContentsAsync();
        var pdf = await page.PdfAsync(new() { Format = "A4", PrintBackground = true, Tagged = true, Outline = true, Path = Path.ChangeExtension(Chromium.PicturePath("analysis"), ".pdf") });
        var text = Encoding.Latin1.GetString(pdf);
        Assert.InRange(PdfPage().Count(text), 6, 25);
        var outline = PdfTitle().Matches(text).Select(match => Joined(Unescaped(match.Groups[1].Value))).ToList();
        Assert.All(titles, title => Assert.Contains(Joined(title), outline));
        Assert.True(await page.Locator("figure svg").CountAsync() <= PdfFigure().Count(text), "A chart is no figure of the tagged PDF.");

        // As wide as the printable part of A4: nothing is cut off, and the short tables are open beside their charts.
        await page.SetViewportSizeAsync(688, 900);
        await page.EmulateMediaAsync(new() { Media = Media.Print, ColorScheme = ColorScheme.Dark });
        await page.EvaluateAsync("dispatchEvent(new Event('beforeprint'))");
        Assert.Equal("light", await page.EvaluateAsync<string>("getComputedStyle(document.documentElement).colorScheme"));
        Assert.False(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > innerWidth"));
        Assert.True(await page.Locator("details.numbers[open]").CountAsync() >= 4);
        await page.ScreenshotAsync(new() { Path = Chromium.PicturePath("analysis-print"), FullPage = true });
        Assert.Empty(browser.Problems);
    }

    /// <summary>Where a title is wrapped on paper, the outline lacks the space.</summary>
    private static string Joined(string title) => title.Replace(" ", "", StringComparison.Ordinal);

    /// <summary>In a PDF's outline: <c>/Title (What do people pay?)</c>, with parentheses and backslashes escaped.</summary>
    private static string Unescaped(string title) => title.Replace("\\(", "(", StringComparison.Ordinal).Replace("\\)", ")", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal);

    [GeneratedRegex(@"/Type\s*/Page\b(?!s)")]
    private static partial Regex PdfPage();

    [GeneratedRegex(@"/Title \(((?:[^()\\]|\\.)*)\)")]
    private static partial Regex PdfTitle();

    [GeneratedRegex(@"/S\s*/Figure\b")]
    private static partial Regex PdfFigure();

    private static async Task<OpenDocument> BrowserAsync(string html)
    {
        var chromium = Needs.Chromium();
        var folder = new TemporaryFolder();
        var file = folder.File("eda.html");
        await File.WriteAllTextAsync(file, html, Token);
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = ["--no-sandbox"] });
        var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = 1040, Height = 900 }, Offline = true });
        var problems = new List<string>();
        page.PageError += (_, error) => problems.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                problems.Add(message.Text);
        };
        await page.GotoAsync(new Uri(file).AbsoluteUri);
        return new OpenDocument(playwright, browser, page, folder, problems);
    }

    private sealed record OpenDocument(IPlaywright Playwright, IBrowser Browser, IPage Page, TemporaryFolder Folder, List<string> Problems) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Browser.DisposeAsync();
            Playwright.Dispose();
            Folder.Dispose();
        }
    }
}
