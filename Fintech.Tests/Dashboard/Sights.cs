using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Fintech.Tests.Dashboard;

/// <summary>Something of the dashboard to look at: an address, and what is opened there.</summary>
/// <param name="Picture">Its name among the pictures of the docs; null where none is taken.</param>
/// <param name="Whole">The picture shows the page down to its end.</param>
internal sealed record Sight(string Name, string Path, Func<IPage, Task>? Open = null, string? Picture = null, bool Whole = false);

/// <summary>
/// Every page, every view of it, and what opens on it, on the scenery. A page, view or dialog that is added is added here: overflow, cut texts,
/// accessibility and the pictures of the docs follow this list.
/// </summary>
internal static class Sights
{
    /// <summary>The alert with three reasons, of a customer with a history: see Scenery.sql.</summary>
    public const string AlertOfNote = "id=tx-900108&source=stream";

    public static readonly IReadOnlyList<Sight> All =
    [
        new("live", "/", LiveAsync, "live"),
        new("live, amounts as a table", "/", page => page.Locator("#amount-toggle").ClickAsync()),
        new("live, filtered, asking for another filter", "/?category=Travel&-merchant=Harbor+Market", page => page.Keyboard.PressAsync("/")),
        new("live, an alert opened", "/", page => OpenByKeyAsync(page, "#alert-detail")),
        new("alerts", "/alerts", Picture: "alerts"),
        new("alerts, several chosen, filters open", "/alerts", SeveralAsync),
        new("alerts, one opened", $"/alerts?state=all&{AlertOfNote}", page => ShownAsync(page.Locator("#triage-detail .strip svg")), "triage"),
        new("alerts, opened by key", "/alerts?state=confirmed_fraud", page => OpenByKeyAsync(page, "#triage-detail")),
        // Whole days of a quiet business: what the stream of the tests adds to the last quarter of an hour is another business.
        new("history", $"/history?to={DateTime.UtcNow:yyyy-MM-dd}", DrawnAsync, "history"),
        new("history, down to its end", $"/history?to={DateTime.UtcNow:yyyy-MM-dd}", DrawnAsync, "history-whole", Whole: true),
        new("history of everything", "/history", DrawnAsync),
        new("history, as tables", "/history", TablesAsync),
        new("history, narrowed", "/history?category=Fuel", DrawnAsync),
        new("pipeline, runs", "/pipeline?view=runs", PaceAsync, "pipeline"),
        new("pipeline, a run", "/pipeline?view=runs&run=40", page => ShownAsync(page.GetByTestId("run").GetByText("Stages"))),
        new("pipeline, sources", "/pipeline?view=sources"),
        new("pipeline, streams", "/pipeline?view=streams", PaceAsync),
        new("pipeline, quarantine", "/pipeline?view=quarantine", Picture: "quarantine"),
        new("pipeline, a row", "/pipeline?view=quarantine&row=1", page => ShownAsync(page.GetByTestId("payload"))),
        new("pipeline, rules", "/pipeline?view=rules", Picture: "rules"),
        new("pipeline, draft of rules", "/pipeline?view=rules", EditAsync),
        new("pipeline, webhooks", "/pipeline?view=webhooks"),
        new("pipeline, asked how to run", "/pipeline", page => AskAsync(page, "Run…")),
        new("pipeline, asked how to audit", "/pipeline", page => AskAsync(page, "Audit…")),
        new("help", "/alerts", page => PressAsync(page, "?", "dialog#help[open]"), "help"),
        new("settings", "/pipeline", page => PressAsync(page, "s", "dialog#settings[open]"), "settings"),
        new("the user's menu", "/", MenuAsync, "user-menu"),
    ];

    private static Task LiveAsync(IPage page) => Expect(page.Locator("[data-testid=kpi-rate] .sparkline-line:not([d=''])")).ToHaveCountAsync(1, Patient.Count);

    private static async Task OpenByKeyAsync(IPage page, string detail)
    {
        foreach (var key in (string[])["j", "Enter"])
            await page.Keyboard.PressAsync(key);
        await ShownAsync(page.Locator($"{detail} :is(.strip svg, .detail-history .quiet)").First);
    }

    private static async Task SeveralAsync(IPage page)
    {
        foreach (var row in (int[])[0, 2])
            await page.Locator(".triage-box input").Nth(row).CheckAsync();
        await ShownAsync(page.GetByTestId("bulk"));
        if (await page.Locator(".triage-fold").IsVisibleAsync())
            await page.Locator(".triage-fold").ClickAsync();
    }

    /// <summary>Every chart is drawn, or says that there is nothing of it in what was asked for.</summary>
    private static Task DrawnAsync(IPage page) => page.WaitForFunctionAsync(
        """
        () => {
          const cards = [...document.querySelectorAll('.history-card')];
          return cards.length > 0 && cards.every((card) => card.querySelector('.history-canvas svg') || card.querySelector('.empty:not([hidden])')?.textContent === 'Nothing in this period.');
        }
        """, null, new() { Timeout = Screen.PatienceMs });

    private static async Task TablesAsync(IPage page)
    {
        await DrawnAsync(page);
        await page.Keyboard.PressAsync("v");
        await Expect(page.Locator(".history-table")).ToHaveCountAsync(7, Patient.Count);
    }

    /// <summary>How fast the streams go is known when they were looked at twice.</summary>
    private static Task PaceAsync(IPage page) =>
        Expect(page.GetByTestId("tile-streams")).ToContainTextAsync(new System.Text.RegularExpressions.Regex(@"[1-9][0-9.]*/s"), new() { Timeout = Screen.PatienceMs });

    private static async Task EditAsync(IPage page)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Edit" }).ClickAsync();
        await ShownAsync(page.GetByTestId("rule-editor"));
    }

    private static async Task AskAsync(IPage page, string button)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();
        await ShownAsync(page.Locator("dialog.question[open]"));
    }

    private static async Task PressAsync(IPage page, string key, string dialog)
    {
        await page.Keyboard.PressAsync(key);
        await ShownAsync(page.Locator(dialog));
    }

    private static async Task MenuAsync(IPage page)
    {
        await page.GetByTestId("user").ClickAsync();
        await ShownAsync(page.Locator(".user-menu"));
    }

    private static Task ShownAsync(ILocator locator) => Expect(locator).ToBeVisibleAsync(new() { Timeout = Screen.PatienceMs });

    private static class Patient
    {
        public static readonly LocatorAssertionsToHaveCountOptions Count = new() { Timeout = Screen.PatienceMs };
    }
}
