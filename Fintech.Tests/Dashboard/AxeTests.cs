using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Xunit;

namespace Fintech.Tests.Dashboard;

/// <summary>axe-core on every page, with data on it and with what opens on it opened: nothing serious, and nothing moderate without a reason.</summary>
public sealed class AxeTests(Servers servers) : IAsyncLifetime
{
    private static readonly AxeRunOptions Options = new()
    {
        RunOnly = new() { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
    };

    /// <summary>Moderate and minor findings that stay, by rule, each with its reason.</summary>
    private static readonly Dictionary<string, string> Accepted = [];

    private Stage stage = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        stage = await Stage.SetAsync(servers, Token);
        await stage.Warehouse.PaintAsync(Token);
        await stage.RingThePastAsync(Token);
    }

    public ValueTask DisposeAsync() => stage.DisposeAsync();

    [Theory]
    [InlineData(1440, 900, ColorScheme.Light)]
    [InlineData(1440, 900, ColorScheme.Dark)]
    [InlineData(390, 844, ColorScheme.Light)]
    [InlineData(390, 844, ColorScheme.Dark)]
    public async Task Axe_finds_nothing_on_any_page(int width, int height, ColorScheme scheme)
    {
        await using var chromium = await Chromium.LaunchAsync();
        await using var app = await stage.StartAsync(Token);
        await using var stream = await SyntheticStream.StartAsync(stage, 20, Token);
        await using var screen = await Screen.OpenAsync(chromium, width, height, scheme);
        // A row that is just fading in has the contrast of half a row.
        await screen.Page.EmulateMediaAsync(new() { ReducedMotion = ReducedMotion.Reduce, ColorScheme = scheme });
        var findings = new List<string>();
        foreach (var (name, path) in Screen.Pages)
        {
            await screen.GoAsync(app, path);
            await LookAsync(screen, name, findings);
            foreach (var tab in Enumerable.Range(1, Math.Max(0, await screen.Page.Locator("main:not([hidden]) [role=tab]").CountAsync() - 1)))
            {
                await screen.Page.Locator("main:not([hidden]) [role=tab]").Nth(tab).ClickAsync();
                await screen.SettledAsync();
                await LookAsync(screen, $"{name}, tab {tab + 1}", findings);
            }

            await screen.GoAsync(app, path);
            foreach (var key in (string[])["j", "Enter"])
                await screen.Page.Keyboard.PressAsync(key);
            await screen.SettledAsync();
            await LookAsync(screen, $"{name}, opened by key", findings);
            await screen.Page.Keyboard.PressAsync("Escape");
        }

        foreach (var (dialog, key) in ((string, string)[])[("help", "?"), ("settings", "s")])
        {
            await screen.GoAsync(app, "/");
            await screen.Page.Keyboard.PressAsync(key);
            await screen.Page.Locator($"dialog#{dialog}[open]").WaitForAsync();
            await LookAsync(screen, dialog, findings);
        }

        Assert.True(findings.Count == 0, string.Join('\n', findings.Distinct()));
        Assert.Empty(screen.Problems);
    }

    /// <summary>The check itself is checked: a page with faults must not pass it.</summary>
    [Fact]
    public async Task Axe_finds_what_is_wrong()
    {
        await using var chromium = await Chromium.LaunchAsync();
        await using var app = await stage.StartAsync(Token);
        await using var screen = await Screen.OpenAsync(chromium, 1440, 900, ColorScheme.Light);
        await screen.Page.GotoAsync(new Uri(app.Address, "/pipeline").ToString());
        await screen.Page.Locator("main#pipeline[data-ready]").WaitForAsync();
        await screen.Page.EvaluateAsync(
            """
            () => {
              const main = document.querySelector('main#pipeline');
              const faint = document.createElement('p');
              faint.textContent = 'Faint';
              faint.style.color = '#ccc';
              main.append(faint, document.createElement('button'));
            }
            """);
        var findings = new List<string>();
        await LookAsync(screen, "pipeline", findings);
        Assert.Contains(findings, finding => finding.Contains("color-contrast", StringComparison.Ordinal));
        Assert.Contains(findings, finding => finding.Contains("button-name", StringComparison.Ordinal));
    }

    private static async Task LookAsync(Screen screen, string where, List<string> findings)
    {
        var result = await screen.Page.RunAxe(Options);
        findings.AddRange(result.Violations
            .Where(violation => violation.Impact is "serious" or "critical" || !Accepted.ContainsKey(violation.Id))
            .Select(violation => $"{where}: {violation.Id} ({violation.Impact}), {violation.Help}: {string.Join(" | ", violation.Nodes.Take(3).Select(node => $"{node.Target} {node.Html}"))}"));
    }
}
