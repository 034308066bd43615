using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using Fintech.Embedded.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static Fintech.Tests.Embedded.TelemetryExports;

namespace Fintech.Tests.Embedded;

public sealed class TelemetryServerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/")]
    [InlineData("/logs")]
    [InlineData("/assets/app.js")]
    [InlineData("/api/traces")]
    [InlineData("/api/traces/0af7651916cd43dd8448eb211c80319c")]
    [InlineData("/v1/traces")]
    [InlineData("/no/such/address")]
    public async Task Nothing_is_shown_without_the_cookie(string path)
    {
        await using var host = await TelemetryHost.StartAsync();
        foreach (var cookie in (string?[])[null, "1", "9999999999.", $"9999999999.{new string('0', 64)}"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (cookie is not null)
                request.Headers.Add("Cookie", $"fintech-telemetry-{new Uri(host.Server.Url).Port}={cookie}");
            using var response = await host.Http.SendAsync(request, Cancellation);

            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Contains("open the login link", await response.Content.ReadAsStringAsync(Cancellation));
        }
    }

    [Theory]
    [InlineData("/login")]
    [InlineData("/login?t=")]
    [InlineData("/login?t=00000000000000000000000000000000")]
    public async Task A_wrong_token_does_not_sign_in(string link)
    {
        await using var host = await TelemetryHost.StartAsync();
        using var response = await host.Http.GetAsync(link, Cancellation);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.False(response.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task The_link_signs_in_and_leads_to_an_address_without_the_token()
    {
        await using var host = await TelemetryHost.StartAsync();
        using var login = await host.Http.GetAsync(host.Server.LoginUrl, Cancellation);

        Assert.Equal((HttpStatusCode.Redirect, "/"), (login.StatusCode, login.Headers.Location!.OriginalString));
        var cookie = login.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", cookie);
        Assert.Contains("samesite=strict", cookie);
        Assert.DoesNotContain(host.Server.LoginUrl.Split('=')[1], cookie);

        await host.SignInAsync();
        using var page = await host.Http.GetAsync("/", Cancellation);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal("nosniff", page.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-referrer", page.Headers.GetValues("Referrer-Policy").Single());
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'; script-src 'self';", policy);
        Assert.DoesNotContain("unsafe", policy);
    }

    [Fact]
    public async Task The_cookie_ends_after_three_days_on_the_server_too()
    {
        var time = new FakeTimeProvider(Epoch);
        await using var host = await TelemetryHost.StartAsync(new TelemetryServerOptions { Port = 0, TimeProvider = time });
        await host.SignInAsync();

        time.Advance(TimeSpan.FromDays(3) - TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync("/", Cancellation)).StatusCode);
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Http.GetAsync("/", Cancellation)).StatusCode);
    }

    [Theory]
    [InlineData("/logs?text=a", true)]
    [InlineData("/", true)]
    [InlineData("//elsewhere", false)]
    [InlineData("/\\elsewhere", false)]
    [InlineData("/\t/elsewhere", false)]
    [InlineData("https://elsewhere", false)]
    [InlineData("", false)]
    public async Task Only_a_path_of_the_page_itself_is_returned_to(string address, bool isLocal)
    {
        await using var host = await TelemetryHost.StartAsync();
        using var login = await host.Http.GetAsync($"{host.Server.LoginUrl}&returnUrl={Uri.EscapeDataString(address)}", Cancellation);

        Assert.Equal(isLocal ? address : "/", login.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task The_cookie_of_another_start_is_worth_nothing()
    {
        await using var other = await TelemetryHost.StartAsync();
        await using var host = await TelemetryHost.StartAsync();
        using var login = await other.Http.GetAsync(other.Server.LoginUrl, Cancellation);
        var value = login.Headers.GetValues("Set-Cookie").Single().Split(';')[0].Split('=', 2)[1];
        host.Http.DefaultRequestHeaders.Add("Cookie", $"fintech-telemetry-{new Uri(host.Server.Url).Port}={value}");

        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Http.GetAsync("/", Cancellation)).StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("wrong")]
    public async Task An_export_without_the_key_is_refused(string key)
    {
        await using var host = await TelemetryHost.StartAsync();
        using var response = await host.PostAsync("traces", Export("x", "y", Span(1, 1, 0, "injected", 0, 1)), key: key);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Contains("x-otlp-api-key", await response.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(0, host.Server.Store.Traces.TraceCount);
    }

    [Fact]
    public async Task A_gzip_export_is_taken_and_a_damaged_one_refused()
    {
        await using var host = await TelemetryHost.StartAsync();
        var packed = Gzip(Export("x", "y", Span(1, 1, 0, "packed", 0, 1)));

        using var taken = await host.PostAsync("traces", packed, "gzip");
        Assert.Equal((HttpStatusCode.OK, "application/x-protobuf"), (taken.StatusCode, taken.Content.Headers.ContentType!.MediaType));
        Assert.Equal(1, host.Server.Store.Traces.TraceCount);

        using var damaged = await host.PostAsync("traces", [1, 2, 3, 4], "gzip");
        Assert.Equal(HttpStatusCode.BadRequest, damaged.StatusCode);
        Assert.Contains("cannot be decompressed", await damaged.Content.ReadAsStringAsync(Cancellation));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_over_the_limit_is_refused_before_and_after_decompression(bool packed)
    {
        await using var host = await TelemetryHost.StartAsync(new TelemetryServerOptions { Port = 0, MaxBodyBytes = 50_000 });
        var body = Wire.Bytes(15, new byte[60_000]);

        using var response = await host.PostAsync("traces", packed ? Gzip(body) : body, packed ? "gzip" : null);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("50,000 bytes", await response.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task Another_encoding_or_type_is_refused_with_what_to_set()
    {
        await using var host = await TelemetryHost.StartAsync();

        using var json = await host.PostAsync("logs", "{}"u8.ToArray(), type: "application/json");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, json.StatusCode);
        Assert.Contains("OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", await json.Content.ReadAsStringAsync(Cancellation));
        using var brotli = await host.PostAsync("logs", [1], "br");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, brotli.StatusCode);
    }

    [Fact]
    public async Task Random_bodies_are_taken_or_refused_and_nothing_else()
    {
        await using var host = await TelemetryHost.StartAsync();
        var random = new Random(7);
        var seen = new HashSet<HttpStatusCode>();
        for (var round = 0; round < 300; round++)
        {
            var body = new byte[random.Next(round)];
            random.NextBytes(body);
            using var response = await host.PostAsync(((string[])["traces", "logs", "metrics"])[round % 3], body);
            seen.Add(response.StatusCode);
        }

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.BadRequest], seen.Order());
    }

    [Fact]
    public async Task A_busy_port_is_one_sentence()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var fault = await Assert.ThrowsAsync<AddressInUseException>(() =>
            TelemetryServer.StartAsync(new TelemetryServerOptions { Port = port }, Cancellation));

        Assert.Equal($"The telemetry page cannot listen on http://localhost:{port}: another program uses that port.", fault.Message);
    }

    [Fact]
    public async Task A_limit_of_nothing_is_refused_by_name()
    {
        var fault = await Assert.ThrowsAsync<ArgumentException>(() =>
            TelemetryServer.StartAsync(new TelemetryServerOptions { MaxSpans = 0 }, Cancellation));

        Assert.Equal("MaxSpans is 0, but a limit is at least 1.", fault.Message);
    }

    [Fact]
    public async Task The_port_is_free_again_once_the_server_is_gone()
    {
        int port;
        await using (var host = await TelemetryHost.StartAsync())
            port = new Uri(host.Server.Url).Port;

        await using var next = await TelemetryHost.StartAsync(new TelemetryServerOptions { Port = port });
        Assert.Equal($"http://localhost:{port}", next.Server.Url);
    }

    private static byte[] Gzip(byte[] body)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(body);
        return packed.ToArray();
    }
}
