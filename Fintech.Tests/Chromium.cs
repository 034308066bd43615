using Microsoft.Playwright;

namespace Fintech.Tests;

/// <summary>The browser of the machine, headless. Each test opens its own and closes it.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    /// <summary>What a test waits for at most unless it says otherwise: the machine may have other things to do.</summary>
    public const float PatienceMs = 60_000;

    private readonly IPlaywright playwright;

    private Chromium(IPlaywright playwright, IBrowser browser)
    {
        this.playwright = playwright;
        Browser = browser;
    }

    public IBrowser Browser { get; }

    /// <summary>Skips the test where there is no Chromium, and fails it in CI.</summary>
    public static async Task<Chromium> LaunchAsync()
    {
        var program = Needs.Chromium();
        Assertions.SetDefaultExpectTimeout(PatienceMs);
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = program,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
        return new Chromium(playwright, browser);
    }

    /// <summary>For pictures for the docs: set FINTECH_SCREENSHOTS to the full path of docs/ to renew the committed ones.</summary>
    public static string PicturePath(string name) =>
        Path.Combine(Environment.GetEnvironmentVariable("FINTECH_SCREENSHOTS") ?? Path.Combine(AppContext.BaseDirectory, "screenshots"), $"{name}.png");

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        playwright.Dispose();
    }
}
