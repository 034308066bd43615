using Fintech.Analysis.Document;
using Microsoft.Playwright;
using Xunit;

namespace Fintech.Tests.Analysis;

public sealed class DocumentTests(Servers servers)
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
    public async Task A_refund_alone_makes_a_document_without_wrong_shares()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, [new("back", null, "Fuel", AnalysisBench.Begin, -12.50m, Type: "refund")]);
        var html = EdaDocument.Write(await bench.ReadAsync());
        Assert.Contains("There are no purchases in USD", html, StringComparison.Ordinal);
        Assert.Contains("No transaction in USD names a customer", html, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_opens_alone_in_a_browser_shows_values_and_prints()
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

        await page.EmulateMediaAsync(new() { Media = Media.Print });
        var pdf = await page.PdfAsync(new() { Format = "A4", PrintBackground = true });
        Assert.Equal("%PDF"u8.ToArray(), pdf[..4]);
        Assert.True(pdf.Length > 50_000, $"The PDF has {pdf.Length} bytes.");
        Assert.Empty(browser.Problems);
    }

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
