using System.Diagnostics;
using Fintech.Tests.Platform;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Fintech.Tests.Embedded;

/// <summary>One alert, followed on the page from the producer to the dashboard: what the running services export, on the page that shows it.</summary>
public sealed class TelemetryAlertTraceTests(Servers servers)
{
    private const int Attempts = 6;
    private const float PatienceMs = 30_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Set FINTECH_SCREENSHOTS to the full path of docs/ to renew the committed pictures.</summary>
    [Fact]
    public async Task An_alert_is_found_by_its_transaction_and_followed_from_the_producer_to_the_page()
    {
        var chromium = Needs.Chromium();
        await using var host = await TelemetryHost.StartAsync();
        var (transaction, trace) = await AlertOnThePageAsync(await servers.Platform, host);
        foreach (var signal in (string[])["traces", "logs"])
        {
            foreach (var body in servers.Telemetry.Bodies(signal).TakeLast(2_000))
                await host.TakeAsync(signal, body);
        }

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = ["--no-sandbox", "--disable-gpu"] });
        foreach (var (name, width, scheme) in ((string, int, ColorScheme)[])[
            ("trace-of-an-alert", 1440, ColorScheme.Light), ("trace-of-an-alert-dark", 1440, ColorScheme.Dark), ("trace-of-an-alert-phone", 390, ColorScheme.Light)])
        {
            await using var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = 844 }, ColorScheme = scheme });
            var page = await context.NewPageAsync();
            page.SetDefaultTimeout(PatienceMs);
            await page.GotoAsync(host.Server.LoginUrl);
            await page.Keyboard.PressAsync("/");
            await page.Keyboard.TypeAsync(transaction);
            await Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
            await page.Locator("tbody a").ClickAsync();
            await Expect(page).ToHaveURLAsync($"{host.Server.Url}/traces/{trace}");
            await Expect(page.Locator(".span b")).ToHaveTextAsync(["publish transactions", "score transaction", "push frame"]);
            await Expect(page.Locator(".span small")).ToHaveTextAsync(["producer", "etl-worker", "dashboard"]);

            await page.Locator(".span").Nth(1).ClickAsync();
            await Expect(page.Locator(".panel .attributes").First).ToContainTextAsync(transaction);
            await Expect(page.Locator(".panel .attributes").First).ToContainTextAsync("fintech.alert");
            Assert.Equal(0, await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth"));

            var folder = Environment.GetEnvironmentVariable("FINTECH_SCREENSHOTS") ?? Path.Combine(AppContext.BaseDirectory, "screenshots");
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png") });
        }
    }

    /// <summary>
    /// Publishes as any traced producer may, until a frame has carried the transaction to somebody who watches: a frame has room
    /// for some of the traces only.
    /// </summary>
    private async Task<(string Transaction, string Trace)> AlertOnThePageAsync(RunningPlatform platform, TelemetryHost host)
    {
        await using var hub = new HubConnectionBuilder().WithUrl(new Uri(platform.Dashboard, "/hubs/live")).Build();
        await hub.StartAsync(Token);
        await hub.InvokeAsync("Subscribe", "5m", Token);

        for (var attempt = 1; ; attempt++)
        {
            var (trace, span) = (ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom());
            var transaction = PlatformTests.Purchase(4_500m);
            var began = DateTimeOffset.UtcNow;
            await platform.PublishAsync(transaction, $"00-{trace}-{span}-01");
            await host.TakeAsync("traces", Published(trace, span, began, DateTimeOffset.UtcNow));
            try
            {
                await Eventually.ReadAsync(
                    $"the span 'push frame' in the trace of transaction {transaction.TransactionId}",
                    _ => Task.FromResult(servers.Telemetry.Spans.Count(received => received.TraceId == trace.ToHexString() && received.Name == "push frame")),
                    count => count > 0, Patience, Token);
                return (transaction.TransactionId, trace.ToHexString());
            }
            catch (TimeoutException) when (attempt < Attempts)
            {
                // Its frame was full; the next one.
            }
        }
    }

    private static byte[] Published(ActivityTraceId trace, ActivitySpanId span, DateTimeOffset began, DateTimeOffset ended) =>
        TelemetryExports.Export("producer", "Fintech.Producer", Wire.Message(
            Wire.Bytes(1, Convert.FromHexString(trace.ToHexString())), Wire.Bytes(2, Convert.FromHexString(span.ToHexString())),
            Wire.Text(5, "publish transactions"), TelemetryExports.Kind(4),
            Wire.Fixed64(7, Nanoseconds(began)), Wire.Fixed64(8, Nanoseconds(ended)),
            TelemetryExports.Attribute("messaging.system", "redis")));

    private static ulong Nanoseconds(DateTimeOffset time) => (ulong)(time - DateTimeOffset.UnixEpoch).Ticks * 100;
}
