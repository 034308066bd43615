using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Xunit;

namespace Fintech.Tests.Dashboard;

/// <summary>axe-core on everything there is to see (<see cref="Sights"/>) and on the sign-in, with data on it: nothing serious, and nothing moderate without a reason.</summary>
public sealed class AxeTests(Servers servers, ITestOutputHelper output) : IAsyncLifetime
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
        await using var app = await stage.StartAsync(Token, "--Dashboard:Access:Mode=Link");
        await using var stream = await SyntheticStream.StartAsync(stage, 20, Token);
        await using var screen = await Screen.OpenAsync(chromium, width, height, scheme);
        // A row that is just fading in has the contrast of half a row.
        await screen.Page.EmulateMediaAsync(new() { ReducedMotion = ReducedMotion.Reduce, ColorScheme = scheme });
        var findings = new List<string>();
        var applied = new HashSet<string>();
        foreach (var signIn in (string[])["/sign-in", "/sign-in?refused=link"])
        {
            await screen.Page.GotoAsync(new Uri(app.Address, signIn).ToString());
            applied.UnionWith(await LookAsync(screen, signIn, findings));
        }

        var refused = screen.Problems;    // A browser notes in its console what a page answers to somebody who is not signed in.
        await screen.SignInAsync(app);
        foreach (var sight in Sights.All)
        {
            await screen.GoAsync(app, sight);
            applied.UnionWith(await LookAsync(screen, sight.Name, findings));
        }

        output.WriteLine($"{Sights.All.Count + 2} states, {applied.Count} rules that had something to look at, {findings.Count} findings.");
        Assert.True(findings.Count == 0, string.Join('\n', findings.Distinct()));
        screen.HasNoProblems(refused);
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

    /// <returns>The rules that had something to look at.</returns>
    private static async Task<IEnumerable<string>> LookAsync(Screen screen, string where, List<string> findings)
    {
        var result = await screen.Page.RunAxe(Options);
        findings.AddRange(result.Violations
            .Where(violation => violation.Impact is "serious" or "critical" || !Accepted.ContainsKey(violation.Id))
            .Select(violation => $"{where}: {violation.Id} ({violation.Impact}), {violation.Help}: {string.Join(" | ", violation.Nodes.Take(3).Select(node => $"{node.Target} {node.Html}"))}"));
        return result.Passes.Concat(result.Violations).Select(rule => rule.Id);
    }
}
