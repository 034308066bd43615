using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Fintech.Producer.Ingest;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using Xunit;

namespace Fintech.Tests.Producer;

/// <summary>The endpoint in a host of its own, as the producer composes it, on a free loopback port.</summary>
internal sealed class IngestApp : IAsyncDisposable
{
    public const string Primary = "primary-key-of-a-test-0123456789abcdef";
    public const string Secondary = "secondary-key-of-a-test-0123456789abcd";

    private readonly WebApplication app;

    private IngestApp(WebApplication app)
    {
        this.app = app;
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public HttpClient Http { get; }

    public static async Task<IngestApp> StartAsync(RedisServer redis, params string[] settings)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        foreach (var setting in (string[])[$"Producer:Ingest:PrimaryKey={Primary}", $"Producer:Ingest:SecondaryKey={Secondary}", "Stream:Ceiling:Interval=00:00:00.05", .. settings])
            builder.Configuration[setting[..setting.IndexOf('=')]] = setting[(setting.IndexOf('=') + 1)..];

        builder.Services.AddSingleton<IConnectionMultiplexer>(await redis.ConnectAsync());
        builder.AddIngest();

        var app = builder.Build();
        app.MapIngest();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new IngestApp(app);
    }

    /// <summary>Sends again while Redis has not been asked yet for the first time.</summary>
    public async Task<HttpResponseMessage> SendAsync(string body, string type = "application/json", string? key = Primary)
    {
        for (var attempt = 0; ; attempt++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/transactions") { Content = new StringContent(body, Encoding.UTF8) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
            if (key is not null)
                request.Headers.Add("X-Api-Key", key);

            var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
            if (attempt == 100 || !(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Contains("has not answered yet", StringComparison.Ordinal))
                return response;

            response.Dispose();
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    public static async Task<JsonElement> JsonOf(HttpResponseMessage response)
    {
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return document.RootElement.Clone();
    }

    public static string Transaction(string id, long customer = 42, string amount = "19.99") =>
        $$"""{"transaction_id":"{{id}}","customer_id":{{customer}},"amount":{{amount}},"merchant_name":"Corner Cafe","timestamp":1767225600}""";

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await app.DisposeAsync();
    }
}
