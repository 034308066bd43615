using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Fintech.Tests.Dashboard;

/// <summary>A page in a browser of a certain size and theme, watched for errors: those of scripts, of the console, and what the policy of contents refused.</summary>
internal sealed class Screen : IAsyncDisposable
{
    public const float PatienceMs = Chromium.PatienceMs;

    /// <summary>The pages by their names; what there is to see on them is in <see cref="Sights"/>.</summary>
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
                Note($"console: {message.Text} ({message.Location})");
        };
    }

    public IPage Page { get; }

    public int Problems
    {
        get
        {
            lock (problems)
                return problems.Count;
        }
    }

    /// <summary>Says all of what there was: which address, which status.</summary>
    /// <param name="known">How many of them the test expects, the first ones.</param>
    public void HasNoProblems(int known = 0)
    {
        lock (problems)
            Assert.True(problems.Count <= known, string.Join(Environment.NewLine, problems.Skip(known)));
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

    /// <summary>As somebody who may do everything comes in, so that everything is there to be seen.</summary>
    public Task SignInAsync(DashboardApp app) => Page.GotoAsync(app.LinkFor("admin", "Maria").ToString());

    /// <summary>Goes to what there is to see, and opens it.</summary>
    public async Task GoAsync(DashboardApp app, Sight sight, bool wall = false)
    {
        await GoAsync(app, wall ? $"{sight.Path}{(sight.Path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}wall" : sight.Path);
        if (sight.Open is null)
            return;
        await sight.Open(Page);
        await SettledAsync();
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
            await Expect(Page.Locator("[data-testid=category-chart] tbody > *").First).ToBeVisibleAsync(new() { Timeout = PatienceMs });
        if (await Page.Locator("main#pipeline:not([hidden])").CountAsync() > 0)
            await Expect(Page.Locator("main#pipeline")).ToHaveAttributeAsync("data-state", "read", new() { Timeout = PatienceMs });
        if (await Page.Locator("main#triage:not([hidden])").CountAsync() > 0)
            await Expect(Page.GetByTestId("triage-row").First).ToBeVisibleAsync(new() { Timeout = PatienceMs });
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

    /// <summary>Buttons, fields and links that stick out of the card, dialog or detail they are in, where it does not scroll sideways: the page may be as wide as the screen all the same.</summary>
    public Task<string[]> SpilledAsync() => Page.EvaluateAsync<string[]>(
        """
        () => [...document.querySelectorAll(':is(.card, dialog[open]) :is(button, input, select, a)')]
          .filter((element) => element.checkVisibility() && !element.classList.contains('visually-hidden'))
          .filter((element) => {
            const around = element.closest('.table-scroll, .history-scroll, .card, dialog');
            if (around.matches('.table-scroll, .history-scroll')) return false;
            const [inner, outer] = [element.getBoundingClientRect(), around.getBoundingClientRect()];
            return inner.width > 1 && (inner.right > outer.right + 1 || inner.left < outer.left - 1);
          })
          .map((element) => `${element.className || element.localName}: ${element.textContent || element.getAttribute('aria-label')}`)
        """);

    /// <summary>Until what needs a mouse is out of sight, which it is some seconds after the last move.</summary>
    public Task StillAsync() => Expect(Page.Locator("html[data-still]")).ToHaveCountAsync(1, new() { Timeout = PatienceMs });

    public ValueTask DisposeAsync() => context.DisposeAsync();

    private void Note(string problem)
    {
        lock (problems)
            problems.Add(problem);
    }
}
