using System.Text.Json;
using Fintech.Tests.Embedded;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Fintech.Tests.Platform;

/// <summary>An alert followed on the telemetry page, from what the services of the running platform really export.</summary>
public sealed class TracePageTests(Servers servers)
{
    private static readonly string[] Stations = ["publish transactions", "score transaction", "push frame"];
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Set FINTECH_SCREENSHOTS to the full path of docs/ to renew the committed picture.</summary>
    [Fact]
    public async Task An_alert_is_found_by_its_transaction_and_followed_from_the_producer_to_the_page()
    {
        var chromium = Needs.Chromium();
        var platform = await servers.Platform;

        // A frame is pushed only while somebody watches.
        await using var hub = platform.CreateHubConnection();
        await hub.StartAsync(Token);
        await hub.InvokeAsync("Subscribe", "5m", Token);

        await using var telemetry = await TelemetryHost.StartAsync();
        await telemetry.SignInAsync();
        var handedOn = 0;
        var alert = (await Eventually.ReadAsync(
            "the trace of an alert with spans of producer, etl-worker and dashboard",
            async _ =>
            {
                foreach (var (signal, body) in servers.Telemetry.Bodies.Skip(handedOn))
                {
                    await telemetry.TakeAsync(signal, body);
                    handedOn++;
                }

                return await CompleteAsync(telemetry);
            },
            found => found is not null, TimeSpan.FromMinutes(4), Token))!.Value;

        var scoring = alert.GetProperty("spans").EnumerateArray().First(span => span.GetProperty("name").GetString() == "score transaction");
        var details = await telemetry.ReadAsync($"/api/traces/{alert.GetProperty("id")}/spans/{scoring.GetProperty("id")}");
        var transaction = details.GetProperty("attributes").EnumerateArray()
            .Single(attribute => attribute.GetProperty("key").GetString() == "fintech.transaction.id").GetProperty("value").GetString()!;

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = ["--no-sandbox", "--disable-gpu"] });
        foreach (var (picture, scheme) in new[] { ("trace-of-an-alert", ColorScheme.Light), ("trace-of-an-alert-dark", ColorScheme.Dark) })
        {
            var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = 1280, Height = 640 }, ColorScheme = scheme });
            await page.GotoAsync(telemetry.Server.LoginUrl);
            await page.Keyboard.PressAsync("/");
            await page.Keyboard.TypeAsync(transaction);
            await Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
            await page.Locator("tbody tr a").ClickAsync();

            await Expect(page.Locator(".span")).ToHaveCountAsync(alert.GetProperty("spans").GetArrayLength());
            foreach (var station in Stations)
                await Expect(page.Locator(".span b").Filter(new() { HasText = station }).First).ToBeVisibleAsync();

            await page.Locator(".span").Filter(new() { HasText = "score transaction" }).First.ClickAsync();
            await Expect(page.Locator(".panel dd").Filter(new() { HasText = transaction })).ToBeVisibleAsync();
            Assert.Equal(0, await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth"));

            var folder = Environment.GetEnvironmentVariable("FINTECH_SCREENSHOTS") ?? Path.Combine(AppContext.BaseDirectory, "screenshots");
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{picture}.png") });
            await page.CloseAsync();
        }
    }

    /// <summary>An alert's trace that has reached a page: the spans of three services, each the child of the one before.</summary>
    private static async Task<JsonElement?> CompleteAsync(TelemetryHost telemetry)
    {
        var list = await telemetry.ReadAsync("/api/traces?resource=dashboard&text=fintech.alert%3Dtrue");
        foreach (var row in list.GetProperty("rows").EnumerateArray())
        {
            var trace = await telemetry.ReadAsync($"/api/traces/{row.GetProperty("id")}");
            if (LeadsThroughAllStations([.. trace.GetProperty("spans").EnumerateArray()]))
                return trace;
        }

        return null;
    }

    private static bool LeadsThroughAllStations(List<JsonElement> spans)
    {
        string? parent = null;
        foreach (var station in Stations)
        {
            var place = spans.FindIndex(span => span.GetProperty("name").GetString() == station && span.GetProperty("parent").GetString() == parent);
            if (place < 0)
                return false;

            parent = spans[place].GetProperty("id").GetString();
        }

        return true;
    }
}
