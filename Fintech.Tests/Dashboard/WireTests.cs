using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Fintech.Dashboard.Live;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fintech.Tests.Dashboard;

/// <summary>What may come in over the wire, and what a browser is told about what goes out.</summary>
public sealed class WireTests(Servers servers) : IAsyncLifetime
{
    private static readonly byte[] Handshake = Encoding.UTF8.GetBytes("{\"protocol\":\"json\",\"version\":1}\u001e");
    private static readonly byte[] Subscribe = Encoding.UTF8.GetBytes("{\"type\":1,\"target\":\"Subscribe\",\"arguments\":[\"5m\"]}\u001e");

    private readonly DirectoryInfo webRoot = Directory.CreateTempSubdirectory("fintech-page-");
    private Stage stage = null!;
    private DashboardApp app = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        stage = await Stage.SetAsync(servers, Token);
        await File.WriteAllTextAsync(Path.Combine(webRoot.FullName, "index.html"), "<!doctype html><title>Fintech</title>", Token);
        webRoot.CreateSubdirectory("assets");
        await File.WriteAllTextAsync(Path.Combine(webRoot.FullName, "assets", "main-4f3a.js"), "export {};", Token);
        app = await stage.StartAsync(
            Token, $"--webroot={webRoot.FullName}", "--Dashboard:FrameInterval=00:00:00.1", "--Dashboard:HeartbeatInterval=00:00:00.1");
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await stage.DisposeAsync();
        webRoot.Delete(recursive: true);
    }

    [Theory]
    [InlineData("/", "no-cache", "text/html")]
    [InlineData("/alerts/42", "no-cache", "text/html")]
    [InlineData("/assets/main-4f3a.js", "public, max-age=31536000, immutable", "text/javascript")]
    public async Task The_page_is_served_strictly_and_cached_by_name(string path, string caching, string type)
    {
        using var answer = await app.Http.GetAsync(new Uri(path, UriKind.Relative), Token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(caching, string.Join(", ", answer.Headers.GetValues("Cache-Control")));
        Assert.Equal(type, answer.Content.Headers.ContentType!.MediaType);
        AssertStrict(answer);
    }

    [Theory]
    [InlineData("/api/unknown")]
    [InlineData("/assets/old-1234.js")]
    [InlineData("/../appsettings.json")]
    [InlineData("/appsettings.json")]
    public async Task What_does_not_exist_is_not_found_and_not_the_page(string path)
    {
        using var answer = await app.Http.GetAsync(new Uri(path, UriKind.Relative), Token);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        AssertStrict(answer);
    }

    [Fact]
    public async Task A_foreign_host_name_is_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/kpis") { Headers = { Host = "rebound.example" } };
        using var answer = await app.Http.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("http://evil.example", false)]
    [InlineData("http://127.0.0.1:1", false)]
    [InlineData("null", false)]
    [InlineData(null, true)]
    [InlineData("own", true)]
    public async Task A_page_of_others_cannot_listen(string? origin, bool accepted)
    {
        using var socket = new ClientWebSocket();
        if (origin is not null)
            socket.Options.SetRequestHeader("Origin", origin == "own" ? app.Address.GetLeftPart(UriPartial.Authority) : origin);
        socket.Options.CollectHttpResponseDetails = true;

        var connecting = socket.ConnectAsync(HubAddress, Token);
        if (accepted)
            await connecting;
        else
            await Assert.ThrowsAsync<WebSocketException>(() => connecting);
        Assert.Equal(accepted ? HttpStatusCode.SwitchingProtocols : HttpStatusCode.Forbidden, socket.HttpStatusCode);
    }

    [Fact]
    public async Task A_long_message_closes_the_connection()
    {
        using var socket = await ConnectAsync();
        var message = $"{{\"type\":1,\"target\":\"Subscribe\",\"arguments\":[\"{new string('x', 5_000)}\"]}}\u001e";
        await socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, true, Token);

        var said = new StringBuilder();
        var buffer = new byte[4096];
        WebSocketReceiveResult received;
        do
        {
            received = await socket.ReceiveAsync(buffer, Token);
            said.Append(Encoding.UTF8.GetString(buffer, 0, received.Count));
        }
        while (received.MessageType != WebSocketMessageType.Close);
        Assert.Contains("closed with an error", said.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Names and forms the page relies on.</summary>
    [Fact]
    public async Task A_snapshot_is_camel_case_with_numbers_for_money_and_ISO_times()
    {
        var now = DateTimeOffset.UtcNow;
        await stage.Warehouse.AddMinuteAsync(LiveWindow.MinuteOf(now), 0, 1, 4_500.10m, Token, alerts: 1);
        await stage.Warehouse.AddAlertAsync("a-1", 4_500.10m, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), Token);
        using var socket = await ConnectAsync();
        await socket.SendAsync(Subscribe, WebSocketMessageType.Text, true, Token);

        using var message = JsonDocument.Parse(await ReceiveAsync(socket, "\"target\":\"Snapshot\""));
        var frame = message.RootElement.GetProperty("arguments")[0].GetProperty("frame");

        Assert.Equal("4500.10", frame.GetProperty("kpis").GetProperty("value")[0].GetProperty("amount").GetRawText());
        Assert.Equal("2026-01-01T00:00:00+00:00", frame.GetProperty("alerts")[0].GetProperty("committedAt").GetString());
        Assert.Equal(
            ["sequence", "at", "window", "kpis", "previous", "categories", "merchants", "points", "alerts", "latest", "pipeline", "threshold",
                "filter", "scope", "trend", "alertsInChart", "raised"],
            frame.EnumerateObject().Select(property => property.Name));
        Assert.Equal(
            ["lastCommitAt", "lag", "status", "reason", "batch", "quarantined", "loss", "drift", "behind", "durable"],
            frame.GetProperty("pipeline").EnumerateObject().Select(property => property.Name));
        Assert.Equal("high-value", frame.GetProperty("alerts")[0].GetProperty("hits")[0].GetProperty("rule").GetString());
    }

    [Fact]
    public async Task A_browser_that_does_not_read_is_skipped_and_slows_nobody()
    {
        // Half a megabyte a frame, so that the buffers of both kernels are soon full.
        var hit = new { rule = new string('r', 500), input = "amount", value = 1, threshold = 1, unit = "USD" };
        var hits = JsonSerializer.Serialize(Enumerable.Repeat(hit, 20));
        for (var i = 0; i < 50; i++)
            await stage.Warehouse.AddAlertAsync($"a-{i}", 4_500m, DateTimeOffset.UtcNow, Token, hits: hits);

        var dropped = 0L;
        using var listener = new MeterListener();
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref dropped, value));
        listener.EnableMeasurementEvents(app.Services.GetRequiredService<LiveMetrics>().FramesDropped);

        using var slow = await ConnectAsync(receiveBuffer: 4096);
        await slow.SendAsync(Subscribe, WebSocketMessageType.Text, true, Token);
        await Eventually.IsTrueAsync(
            "frames to be dropped for the slow browser",
            _ => Task.FromResult(Interlocked.Read(ref dropped) > 0), TimeSpan.FromSeconds(60), Token);

        await using var fast = await LivePage.OpenAsync(app, Token);
        var first = (await fast.SubscribeAsync("5m", Token)).Frame.Sequence;
        var droppedBefore = Interlocked.Read(ref dropped);
        var watch = Stopwatch.StartNew();
        LiveFrame frame;
        do
            frame = await fast.NextAsync(Token);
        while (frame.Sequence < first + 20);

        // Ten frames a second were asked for; what the slow browser costs is not paid by the fast one.
        Assert.InRange(watch.Elapsed.TotalSeconds, 1.5, 10);
        Assert.InRange(Interlocked.Read(ref dropped) - droppedBefore, 15, long.MaxValue);

        // Nothing was kept for it but the newest: reading on, it jumps there.
        var seen = await ReceiveAsync(slow, $"\"sequence\":{frame.Sequence}", orLater: true);
        Assert.True(seen.Length > 100_000);
    }

    private Uri HubAddress => new UriBuilder(app.Address) { Scheme = "ws", Path = LiveHub.Path }.Uri;

    private static void AssertStrict(HttpResponseMessage answer)
    {
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
    }

    /// <summary>A bare connection to the hub, past the handshake.</summary>
    private async Task<ClientWebSocket> ConnectAsync(int? receiveBuffer = null)
    {
        var socket = new ClientWebSocket();
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                var tcp = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                if (receiveBuffer is { } size)
                    tcp.ReceiveBufferSize = size;
                await tcp.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(tcp, ownsSocket: true);
            },
        }, disposeHandler: false);
        await socket.ConnectAsync(HubAddress, invoker, Token);
        await socket.SendAsync(Handshake, WebSocketMessageType.Text, true, Token);
        await ReceiveAsync(socket, "{}");
        return socket;
    }

    /// <summary>The first message that holds a text, or with <paramref name="orLater"/> a larger sequence number.</summary>
    private static async Task<string> ReceiveAsync(ClientWebSocket socket, string text, bool orLater = false)
    {
        var wanted = orLater ? long.Parse(text[(text.LastIndexOf(':') + 1)..]) : 0;
        var pending = new ArrayBufferWriter<byte>();
        while (true)
        {
            var received = await socket.ReceiveAsync(pending.GetMemory(64 * 1024), Token).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Token);
            Assert.NotEqual(WebSocketMessageType.Close, received.MessageType);
            pending.Advance(received.Count);

            // SignalR ends each of its messages by 0x1e, whatever the frames of the WebSocket.
            if (pending.WrittenSpan[^1] != 0x1e)
                continue;

            foreach (var message in Encoding.UTF8.GetString(pending.WrittenSpan).Split('\u001e', StringSplitOptions.RemoveEmptyEntries))
            {
                if (orLater ? SequenceOf(message) >= wanted : message.Contains(text, StringComparison.Ordinal))
                    return message;
            }

            pending.ResetWrittenCount();
        }
    }

    private static long SequenceOf(string message)
    {
        const string key = "\"sequence\":";
        var start = message.IndexOf(key, StringComparison.Ordinal) + key.Length;
        return start < key.Length ? -1 : long.Parse(message.AsSpan(start, message.IndexOf(',', start) - start));
    }
}
