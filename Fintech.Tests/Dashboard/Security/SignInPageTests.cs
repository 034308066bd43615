using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Fintech.Tests.Dashboard.Security;

/// <summary>Signing in and out as a person does, in a real browser.</summary>
public sealed class SignInPageTests(Servers servers) : IAsyncLifetime
{
    private const float PatienceMs = 60_000;
    private const string Evil = "<img src=x onerror=window.pwned=1>";

    private Stage stage = null!;
    private DashboardApp app = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        stage = await Stage.SetAsync(servers, Token);
        app = await stage.StartAsync(Token, "--Dashboard:Access:Mode=Link");
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await stage.DisposeAsync();
    }

    [Fact]
    public async Task A_person_is_led_to_the_sign_in_pastes_a_link_comes_back_makes_a_link_and_signs_out()
    {
        await stage.Warehouse.AddAlertAsync("a-1", 4_500m, DateTimeOffset.UtcNow, Token, merchant: Evil);
        await stage.RingAsync("t-1", merchant: Evil);
        await using var chromium = await Chromium.LaunchAsync();
        var page = await chromium.Browser.NewPageAsync(new() { ViewportSize = new() { Width = 1440, Height = 900 } });
        var problems = new List<string>();
        page.PageError += (_, error) => problems.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Text.Contains("Content Security Policy", StringComparison.Ordinal))
                problems.Add(message.Text);
        };

        await page.GotoAsync(new Uri(app.Address, "/?window=1h").ToString());
        await Expect(page).ToHaveURLAsync(new Uri(app.Address, "/sign-in?returnUrl=%2F%3Fwindow%3D1h").ToString());
        await page.GetByLabel("Link or its token").FillAsync("wrong");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("This link was used already");

        await page.GetByLabel("Link or its token").FillAsync(app.LinkFor("admin", "Ada").ToString().Split('&')[0]);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Uri(app.Address, "/?window=1h").ToString());
        await Expect(page.GetByTestId("user")).ToHaveTextAsync("Ada", new() { Timeout = PatienceMs });

        // What others wrote is text, here as everywhere.
        await Expect(page.Locator("[data-transaction-id='a-1']").First).ToContainTextAsync(Evil, new() { Timeout = PatienceMs });
        Assert.Null(await page.EvaluateAsync<string?>("window.pwned ?? null"));

        await page.GetByTestId("user").ClickAsync();
        await page.GetByLabel("For whom").FillAsync("Wall 3");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make link" }).ClickAsync();
        await Expect(page.GetByTestId("made-link")).ToHaveValueAsync(new System.Text.RegularExpressions.Regex("/sign-in\\?t=[A-Za-z0-9_-]{43}$"), new() { Timeout = PatienceMs });

        var other = await (await chromium.Browser.NewContextAsync()).NewPageAsync();
        await other.GotoAsync(await page.GetByTestId("made-link").InputValueAsync());
        await Expect(other.GetByTestId("user")).ToHaveTextAsync("Wall 3", new() { Timeout = PatienceMs });
        Assert.DoesNotContain("t=", other.Url, StringComparison.Ordinal);
        await other.GetByTestId("user").ClickAsync();
        await Expect(other.GetByRole(AriaRole.Button, new() { Name = "Make link" })).ToHaveCountAsync(0);

        await page.GetByTestId("sign-out").ClickAsync();
        await Expect(page).ToHaveURLAsync(new Uri(app.Address, "/sign-in?returnUrl=%2F%3Fwindow%3D1h").ToString(), new() { Timeout = PatienceMs });
        Assert.Empty(problems);
    }

    [Fact]
    public async Task A_page_whose_session_ended_goes_to_the_sign_in_by_itself()
    {
        await using var chromium = await Chromium.LaunchAsync();
        var context = await chromium.Browser.NewContextAsync();
        var page = await context.NewPageAsync();
        await page.GotoAsync(app.LinkFor("viewer", "Vic").ToString());
        await Expect(page.GetByTestId("user")).ToHaveTextAsync("Vic", new() { Timeout = PatienceMs });

        // Signed out in another tab: the server ends the connection of this one.
        var tab = await context.NewPageAsync();
        await tab.GotoAsync(app.Address.ToString());
        await tab.GetByTestId("user").ClickAsync();
        await tab.GetByTestId("sign-out").ClickAsync();

        await Expect(page).ToHaveURLAsync(new Uri(app.Address, "/sign-in?returnUrl=%2F").ToString(), new() { Timeout = PatienceMs });
    }

    [Theory]
    [InlineData("sign-in-light", 1440, 900, ColorScheme.Light)]
    [InlineData("sign-in-dark", 1440, 900, ColorScheme.Dark)]
    [InlineData("sign-in-phone", 390, 844, ColorScheme.Light)]
    [InlineData("sign-in-phone-dark", 390, 844, ColorScheme.Dark)]
    public async Task The_sign_in_fits_the_screen(string name, int width, int height, ColorScheme scheme)
    {
        await using var chromium = await Chromium.LaunchAsync();
        var page = await chromium.Browser.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = scheme });
        await page.GotoAsync(new Uri(app.Address, "/sign-in?refused=link").ToString());
        await Expect(page.GetByLabel("Link or its token")).ToBeFocusedAsync();
        Assert.Equal(0, await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth"));
        await page.ScreenshotAsync(new() { Path = Chromium.PicturePath(name) });
    }
}
