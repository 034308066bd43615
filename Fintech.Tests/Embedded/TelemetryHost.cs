using System.Net.Http.Headers;
using System.Text.Json;
using Fintech.Embedded.Telemetry;
using Xunit;

namespace Fintech.Tests.Embedded;

/// <summary>A telemetry server on a free port, and a client of it that is signed in or not.</summary>
internal sealed class TelemetryHost(TelemetryServer server) : IAsyncDisposable
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public TelemetryServer Server => server;

    /// <summary>Neither follows redirects nor keeps cookies: the tests look at both.</summary>
    public HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        BaseAddress = new Uri(server.Url),
    };

    public static async Task<TelemetryHost> StartAsync(TelemetryServerOptions? options = null) =>
        new(await TelemetryServer.StartAsync(options ?? new TelemetryServerOptions { Port = 0 }, Cancellation));

    /// <summary>Signs in as a browser does; the cookie goes with every later request.</summary>
    public async Task SignInAsync()
    {
        using var login = await Http.GetAsync(server.LoginUrl, Cancellation);
        Http.DefaultRequestHeaders.Add("Cookie", login.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
    }

    public async Task<HttpResponseMessage> PostAsync(
        string signal, byte[] body, string? encoding = null, string? key = null, string type = "application/x-protobuf")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{server.OtlpEndpoint}/v1/{signal}") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        if (encoding is not null)
            request.Content.Headers.ContentEncoding.Add(encoding);
        key ??= server.OtlpHeaders.Split('=')[1];
        if (key.Length > 0)
            request.Headers.Add("x-otlp-api-key", key);
        return await Http.SendAsync(request, Cancellation);
    }

    public async Task TakeAsync(string signal, byte[] body)
    {
        using var response = await PostAsync(signal, body);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }

    public async Task<JsonElement> ReadAsync(string path)
    {
        using var response = await Http.GetAsync(path, Cancellation);
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await server.DisposeAsync();
    }
}
