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

    /// <summary>The other theme is the same document in other colours.</summary>
    private static readonly AxeRunOptions Colours = new() { RunOnly = new() { Type = "rule", Values = ["color-contrast", "link-in-text-block"] } };

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
    [InlineData(1440, 900)]
    [InlineData(390, 844)]
    public async Task Axe_finds_nothing_on_any_page(int width, int height)
    {
        await using var chromium = await Chromium.LaunchAsync();
        await using var app = await stage.StartAsync(Token, "--Dashboard:Access:Mode=Link");
        await using var stream = await SyntheticStream.StartAsync(stage, 20, Token);
        await using var screen = await Screen.OpenAsync(chromium, width, height, ColorScheme.Light);
        var findings = new List<string>();
        var applied = new HashSet<string>();
        foreach (var signIn in (string[])["/sign-in", "/sign-in?refused=link"])
        {
            await screen.Page.GotoAsync(new Uri(app.Address, signIn).ToString());
            applied.UnionWith(await LookInBothThemesAsync(screen, signIn, findings));
        }

        var refused = screen.Problems;    // A browser notes in its console what a page answers to somebody who is not signed in.
        await screen.SignInAsync(app);
        foreach (var sight in Sights.All)
        {
            await screen.GoAsync(app, sight);
            applied.UnionWith(await LookInBothThemesAsync(screen, sight.Name, findings));
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
              const dim = document.createElement('p');
              dim.textContent = 'Dim';
              dim.style.color = '#333';
              main.append(faint, dim, document.createElement('button'));
            }
            """);
        var findings = new List<string>();
        await LookInBothThemesAsync(screen, "pipeline", findings);
        Assert.Contains(findings, finding => finding.StartsWith("pipeline, light: color-contrast", StringComparison.Ordinal));
        Assert.Contains(findings, finding => finding.StartsWith("pipeline, light: button-name", StringComparison.Ordinal));
        Assert.Contains(findings, finding => finding.StartsWith("pipeline, dark: color-contrast", StringComparison.Ordinal));
    }

    /// <returns>The rules that had something to look at.</returns>
    private static async Task<IEnumerable<string>> LookInBothThemesAsync(Screen screen, string where, List<string> findings)
    {
        await PutOnAsync(screen, ColorScheme.Light);
        var applied = await LookAsync(screen, $"{where}, light", Options, findings);
        await PutOnAsync(screen, ColorScheme.Dark);
        return [.. applied, .. await LookAsync(screen, $"{where}, dark", Colours, findings)];
    }

    /// <summary>Without motion: a row that is just fading in has the contrast of half a row.</summary>
    private static Task PutOnAsync(Screen screen, ColorScheme scheme) =>
        screen.Page.EmulateMediaAsync(new() { ReducedMotion = ReducedMotion.Reduce, ColorScheme = scheme });

    private static async Task<IEnumerable<string>> LookAsync(Screen screen, string where, AxeRunOptions options, List<string> findings)
    {
        var result = await screen.Page.RunAxe(options);
        findings.AddRange(result.Violations
            .Where(violation => violation.Impact is "serious" or "critical" || !Accepted.ContainsKey(violation.Id))
            .Select(violation => $"{where}: {violation.Id} ({violation.Impact}), {violation.Help}: {string.Join(" | ", violation.Nodes.Take(3).Select(node => $"{node.Target} {node.Html}"))}"));
        return result.Passes.Concat(result.Violations).Select(rule => rule.Id);
    }
}
