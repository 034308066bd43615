using Microsoft.Playwright;
using Xunit;

namespace Fintech.Tests.Dashboard;

/// <summary>Everything there is to see (<see cref="Sights"/>) on every screen, with eight weeks of data and a stream of twenty a second. The pictures are those of the docs.</summary>
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
        await using var app = await stage.StartAsync(Token, "--Dashboard:Access:Mode=Link");
        await using var stream = await SyntheticStream.StartAsync(stage, 20, Token);
        await using var screen = await Screen.OpenAsync(chromium, width, height, scheme);
        await screen.SignInAsync(app);
        var wall = screenName == "wall";
        var faults = new List<string>();
        foreach (var sight in Sights.All)
        {
            // On a wall nobody opens anything but by the address.
            if (wall && (sight.Picture is null || sight.Name is "help" or "settings" or "the user's menu"))
                continue;
            await screen.GoAsync(app, sight, wall);
            if (await screen.OverflowAsync() is not 0 and var overflow)
                faults.Add($"{sight.Name} is {overflow} px too wide.");
            faults.AddRange((await screen.CutWithoutTitleAsync()).Select(text => $"{sight.Name} cuts a text and says it nowhere in full: {text}"));
            if (sight.Picture is null)
                continue;
            if (wall)
                await screen.StillAsync();
            await screen.Page.ScreenshotAsync(new() { Path = Chromium.PicturePath($"{sight.Picture}-{screenName}"), FullPage = sight.Whole });
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
        screen.HasNoProblems();
    }

    /// <summary>What 200 % of 640 px is: WCAG 2.2, 1.4.10 and 1.4.4.</summary>
    [Fact]
    public async Task Every_page_reflows_at_320_pixels_and_with_text_twice_as_large()
    {
        await using var chromium = await Chromium.LaunchAsync();
        await using var app = await stage.StartAsync(Token, "--Dashboard:Access:Mode=Link");
        await using var stream = await SyntheticStream.StartAsync(stage, 20, Token);
        await using var narrow = await Screen.OpenAsync(chromium, 320, 640, ColorScheme.Light);
        await using var large = await Screen.OpenAsync(chromium, 1280, 900, ColorScheme.Light);
        await narrow.SignInAsync(app);
        await large.SignInAsync(app);
        var faults = new List<string>();
        foreach (var sight in Sights.All)
        {
            await narrow.GoAsync(app, sight);
            if (await narrow.OverflowAsync() is not 0 and var wide)
                faults.Add($"{sight.Name} is {wide} px too wide at 320 px.");
            faults.AddRange((await narrow.SpilledAsync()).Select(text => $"{sight.Name} has a control outside of its card at 320 px: {text}"));
            await large.GoAsync(app, sight);
            await large.Page.EvaluateAsync("document.documentElement.style.fontSize = '200%'");
            if (await large.OverflowAsync() is not 0 and var larger)
                faults.Add($"{sight.Name} is {larger} px too wide with text at 200 %.");
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }
}
