using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Fintech.Tests.Dashboard;

/// <summary>A page in a browser of a certain size and theme, watched for errors: those of scripts, of the console, and what the policy of contents refused.</summary>
internal sealed class Screen : IAsyncDisposable
{
    /// <summary>Nothing of it is shown in time: the machine may have other things to do.</summary>
    public const float PatienceMs = 60_000;

    /// <summary>The pages by the names of their pictures.</summary>
    public static readonly IReadOnlyList<(string Name, string Path)> Pages = [("live", "/"), ("alerts", "/alerts"), ("history", "/history"), ("pipeline", "/pipeline")];

    private readonly IBrowserContext context;
    private readonly List<string> problems = [];

    private Screen(IBrowserContext context, IPage page)
    {
        this.context = context;
        Page = page;
        page.PageError += (_, error) => Note($"script: {error}");
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                Note($"console: {message.Text}");
        };
    }

    public IPage Page { get; }

    public IReadOnlyList<string> Problems
    {
        get
        {
            lock (problems)
                return [.. problems];
        }
    }

    public static async Task<Screen> OpenAsync(Chromium chromium, int width, int height, ColorScheme scheme)
    {
        var context = await chromium.Browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = scheme,
            Locale = "en-US",
            TimezoneId = "Europe/Berlin",
            // As on a phone; a desk has a mouse.
            HasTouch = width < 700,
        });
        await context.AddInitScriptAsync(
            """
            addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} refused ${event.blockedURI}`));
            """);
        return new Screen(context, await context.NewPageAsync());
    }

    /// <summary>Goes to a page of the dashboard and waits until it has drawn what it has.</summary>
    public async Task GoAsync(DashboardApp app, string path)
    {
        await Page.GotoAsync(new Uri(app.Address, path).ToString());
        await SettledAsync();
    }

    /// <summary>Connected, the page's own code there, and nothing being asked for.</summary>
    public async Task SettledAsync()
    {
        await Expect(Page.Locator("#badge")).Not.ToHaveAttributeAsync("data-state", "connecting", new() { Timeout = PatienceMs });
        await Expect(Page.Locator("main[data-ready]:not([hidden])")).ToHaveCountAsync(1, new() { Timeout = PatienceMs });
        await Expect(Page.Locator("main:not([hidden]) [aria-busy=true]")).ToHaveCountAsync(0, new() { Timeout = PatienceMs });
        if (await Page.Locator("main#live:not([hidden])").CountAsync() > 0)
            await Expect(Page.Locator("[data-testid=latest-list] > *").First).ToBeVisibleAsync(new() { Timeout = PatienceMs });
    }

    public Task<int> OverflowAsync() => Page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");

    /// <summary>Text that is cut off by an ellipsis and that nothing around it says in full.</summary>
    public Task<string[]> CutWithoutTitleAsync() => Page.EvaluateAsync<string[]>(
        """
        () => [...document.querySelectorAll('body *')]
          .filter((element) => element.checkVisibility() && getComputedStyle(element).textOverflow === 'ellipsis' && element.scrollWidth > element.clientWidth + 1)
          .map((element) => [element, element.textContent.trim()])
          .filter(([element, text]) => text !== '' && ![element, ...element.querySelectorAll('[title]')].some((one) => one.title) && !element.closest('[title]')?.title.includes(text))
          .map(([element, text]) => `${element.className || element.localName}: ${text}`)
        """);

    public ValueTask DisposeAsync() => context.DisposeAsync();

    private void Note(string problem)
    {
        lock (problems)
            problems.Add(problem);
    }
}
