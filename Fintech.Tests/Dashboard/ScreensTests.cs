using Microsoft.Playwright;
using Xunit;

namespace Fintech.Tests.Dashboard;

/// <summary>Every page on every screen, with eight weeks of data and a stream of twenty a second. The pictures are those of the docs.</summary>
public sealed class ScreensTests(Servers servers) : IAsyncLifetime
{
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
    [InlineData("light", 1440, 900, ColorScheme.Light)]
    [InlineData("dark", 1440, 900, ColorScheme.Dark)]
    [InlineData("phone", 390, 844, ColorScheme.Light)]
    [InlineData("phone-dark", 390, 844, ColorScheme.Dark)]
    [InlineData("wall", 1920, 1080, ColorScheme.Dark)]
    public async Task Every_page_fits_the_screen(string screenName, int width, int height, ColorScheme scheme)
    {
        await using var chromium = await Chromium.LaunchAsync();
        await using var app = await stage.StartAsync(Token);
        await using var stream = await SyntheticStream.StartAsync(stage, 20, Token);
        await using var screen = await Screen.OpenAsync(chromium, width, height, scheme);
        var faults = new List<string>();
        foreach (var (name, path) in Screen.Pages)
        {
            await screen.GoAsync(app, screenName == "wall" ? $"{path}?wall" : path);
            if (await screen.OverflowAsync() is not 0 and var overflow)
                faults.Add($"{name} is {overflow} px too wide.");
            faults.AddRange((await screen.CutWithoutTitleAsync()).Select(text => $"{name} cuts a text and says it nowhere in full: {text}"));
            await screen.Page.ScreenshotAsync(new() { Path = Chromium.PicturePath($"{name}-{screenName}") });
        }

        foreach (var (dialog, key) in ((string, string)[])[("help", "?"), ("settings", "s")])
        {
            await screen.Page.Keyboard.PressAsync(key);
            await screen.Page.Locator($"dialog#{dialog}[open]").WaitForAsync();
            await screen.Page.ScreenshotAsync(new() { Path = Chromium.PicturePath($"{dialog}-{screenName}") });
            await screen.Page.Keyboard.PressAsync("Escape");
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
        Assert.Empty(screen.Problems);
    }

    /// <summary>What 200 % of 640 px is: WCAG 2.2, 1.4.10 and 1.4.4.</summary>
    [Fact]
    public async Task Every_page_reflows_at_320_pixels_and_with_text_twice_as_large()
    {
        await using var chromium = await Chromium.LaunchAsync();
        await using var app = await stage.StartAsync(Token);
        await using var stream = await SyntheticStream.StartAsync(stage, 20, Token);
        await using var narrow = await Screen.OpenAsync(chromium, 320, 640, ColorScheme.Light);
        await using var large = await Screen.OpenAsync(chromium, 1280, 900, ColorScheme.Light);
        var faults = new List<string>();
        foreach (var (name, path) in Screen.Pages)
        {
            await narrow.GoAsync(app, path);
            if (await narrow.OverflowAsync() is not 0 and var wide)
                faults.Add($"{name} is {wide} px too wide at 320 px.");
            await large.GoAsync(app, path);
            await large.Page.EvaluateAsync("document.documentElement.style.fontSize = '200%'");
            if (await large.OverflowAsync() is not 0 and var larger)
                faults.Add($"{name} is {larger} px too wide with text at 200 %.");
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }
}
