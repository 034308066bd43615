using System.Text.RegularExpressions;
using Fintech.Etl.Worker.History;
using Fintech.Tests.Analysis;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Fintech.Tests.History;

/// <summary>The history page in a browser.</summary>
public sealed partial class HistoryPageTests(Servers servers)
{
    private const int PatienceMs = 60_000;
    private const string Hostile = "<img src=x onerror=\"window.hacked=1\">";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_click_narrows_every_chart_a_chip_leaves_it_and_the_address_has_it_all()
    {
        await using var chromium = await Chromium.LaunchAsync();
        await using var bench = await AnalysisBench.CreateAsync(servers, [.. AnalysisBench.FixedSales, new("x", 1, Hostile, AnalysisBench.Begin.AddDays(1), 900_000m)]);
        await using var answers = await HistoryAnswers.StartAsync(servers, bench.ConnectionString, Token);
        var (page, problems) = await OpenAsync(chromium, answers, "/history", new() { Width = 1440, Height = 900 });
        var categories = page.GetByTestId("history-categories");
        await Expect(categories.GetByRole(AriaRole.Heading)).ToContainTextAsync("brings most revenue in USD", new() { Timeout = PatienceMs });

        // By the keyboard: the table's first cells choose what the bars choose.
        await page.Keyboard.PressAsync("v");
        await categories.GetByRole(AriaRole.Button, new() { Name = "Fuel", Exact = true }).ClickAsync();
        await Expect(page).ToHaveURLAsync(FuelAddress(), new() { Timeout = PatienceMs });
        var fuel = AnalysisBench.FixedSales.Where(sale => sale is { Category: "Fuel", Currency: "USD" }).ToList();
        await Expect(page.GetByTestId("history-summary")).ToContainTextAsync($"{AnalysisBench.FixedSales.Count(sale => sale is { Category: "Fuel", Currency: "USD" })} transactions", new() { Timeout = PatienceMs });
        await Expect(page.GetByTestId("history-merchants").Locator("tbody tr")).ToHaveCountAsync(1, new() { Timeout = PatienceMs });
        Assert.NotEmpty(fuel);

        // A reload shows the same, the chip leaves it, back returns.
        await page.ReloadAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Category: Fuel: leave" })).ToBeVisibleAsync(new() { Timeout = PatienceMs });
        await page.GetByRole(AriaRole.Button, new() { Name = "Category: Fuel: leave" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(PlainAddress(), new() { Timeout = PatienceMs });
        await page.GoBackAsync();
        await Expect(page).ToHaveURLAsync(FuelAddress(), new() { Timeout = PatienceMs });
        await page.GoBackAsync();
        // The address is there before the page has heard of it.
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Category: Fuel: leave" })).ToHaveCountAsync(0, new() { Timeout = PatienceMs });

        // By the pointer: a cell of the heat map.
        await Expect(page.GetByTestId("history-hours").Locator("svg")).ToBeVisibleAsync(new() { Timeout = PatienceMs });
        var box = (await page.GetByTestId("history-hours").Locator("svg").BoundingBoxAsync())!;
        await page.Mouse.ClickAsync(box.X + box.Width / 2, box.Y + box.Height / 2);
        await Expect(page).ToHaveURLAsync(CellAddress(), new() { Timeout = PatienceMs });
        await page.Keyboard.PressAsync("Escape");
        await Expect(page).ToHaveURLAsync(PlainAddress(), new() { Timeout = PatienceMs });

        // Currencies are chosen, not added up.
        await page.GetByRole(AriaRole.Button, new() { Name = "EUR", Exact = true }).ClickAsync();
        await Expect(categories.GetByRole(AriaRole.Heading)).ToContainTextAsync("revenue in EUR", new() { Timeout = PatienceMs });

        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByTestId("categories-csv").ClickAsync());
        Assert.Equal("categories-EUR.csv", download.SuggestedFilename);
        Assert.Null(await page.EvaluateAsync<int?>("window.hacked ?? null"));
        Assert.Empty(problems);
    }

    [Fact]
    public async Task An_empty_period_and_a_warehouse_that_is_away_say_so()
    {
        await using var chromium = await Chromium.LaunchAsync();
        await using var bench = await AnalysisBench.CreateAsync(servers, AnalysisBench.FixedSales);
        await using var answers = await HistoryAnswers.StartAsync(servers, bench.ConnectionString, Token);
        var (page, _) = await OpenAsync(chromium, answers, "/history?from=2001-01-01&to=2001-02-01", new() { Width = 1440, Height = 900 });
        await Expect(page.Locator(".history-note")).ToContainTextAsync("No transactions in this period", new() { Timeout = PatienceMs });

        await page.RouteAsync("**/api/history/merchants**", route => route.FulfillAsync(new()
        {
            Status = 503,
            ContentType = "application/problem+json",
            Body = """{"detail":"The warehouse cannot be read at the moment."}""",
        }));
        await page.GetByRole(AriaRole.Button, new() { Name = "Everything" }).ClickAsync();
        await Expect(page.GetByTestId("history-merchants")).ToContainTextAsync("The warehouse cannot be read at the moment.", new() { Timeout = PatienceMs });
        await page.UnrouteAllAsync();
        await page.GetByTestId("history-merchants").GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        await Expect(page.GetByTestId("history-merchants").GetByRole(AriaRole.Heading)).ToContainTextAsync("Shop of", new() { Timeout = PatienceMs });
    }

    [Theory]
    [InlineData("history-light", 1440, 900, ColorScheme.Light)]
    [InlineData("history-dark", 1440, 900, ColorScheme.Dark)]
    [InlineData("history-phone", 390, 844, ColorScheme.Light)]
    [InlineData("history-phone-dark", 390, 844, ColorScheme.Dark)]
    [InlineData("history-wall", 1920, 1080, ColorScheme.Dark)]
    public async Task The_history_page_fits_the_screen(string name, int width, int height, ColorScheme scheme)
    {
        await using var chromium = await Chromium.LaunchAsync();
        await using var bench = await AnalysisBench.CreateAsync(servers, AnalysisBench.FixedSales);
        await new HistoryRollup(bench.Warehouse.DataSource, TimeProvider.System).RollAllAsync(Token);
        await bench.ExecuteAsync("insert into dw.alert_disposition (transaction_id, source_system, status, actor) select transaction_id, source_system, (array['confirmed_fraud', 'false_positive'])[1 + length(transaction_id) % 2], 'test' from dw.fact_fraud_alerts limit 12");
        await using var answers = await HistoryAnswers.StartAsync(servers, bench.ConnectionString, Token);
        var (page, problems) = await OpenAsync(chromium, answers, "/history", new() { Width = width, Height = height }, scheme);
        foreach (var chart in (string[])["trend", "categories", "hours", "amounts", "merchants", "customers", "alerts"])
            await Expect(page.GetByTestId($"history-{chart}").Locator("svg")).ToBeVisibleAsync(new() { Timeout = PatienceMs });
        Assert.Equal(0, await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth"));
        await page.ScreenshotAsync(new() { Path = Chromium.PicturePath($"{name}-whole"), FullPage = true });
        Assert.Empty(problems);
    }

    private static async Task<(IPage Page, List<string> Problems)> OpenAsync(Chromium chromium, HistoryAnswers answers, string address, ViewportSize size, ColorScheme scheme = ColorScheme.Light)
    {
        var page = await chromium.Browser.NewPageAsync(new() { ViewportSize = size, ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
        var problems = new List<string>();
        page.PageError += (_, error) => problems.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                problems.Add(message.Text);
        };
        await page.GotoAsync(new Uri(answers.App.Address, address).ToString());
        return (page, problems);
    }

    [GeneratedRegex(@"/history\?category=Fuel$")]
    private static partial Regex FuelAddress();

    [GeneratedRegex("/history$")]
    private static partial Regex PlainAddress();

    [GeneratedRegex(@"/history\?weekday=\d&hour=\d+$")]
    private static partial Regex CellAddress();
}
