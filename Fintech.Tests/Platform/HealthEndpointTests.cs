using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Fintech.Tests.Platform;

/// <summary>A deployment is not in Development, and its operators ask too; strangers do not get to know which stores there are.</summary>
public sealed class HealthEndpointTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Production", false, null, HttpStatusCode.OK)]
    [InlineData("Production", false, "X-Forwarded-For", HttpStatusCode.NotFound)]
    [InlineData("Production", false, "Forwarded", HttpStatusCode.NotFound)]
    [InlineData("Production", true, "X-Forwarded-For", HttpStatusCode.OK)]
    [InlineData("Development", false, "X-Forwarded-For", HttpStatusCode.OK)]
    public async Task Health_is_told_to_the_machine_itself_and_to_others_where_it_is_said(string environment, bool isPublic, string? header, HttpStatusCode expected)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            EnvironmentName = environment, Args = ["--urls", "http://127.0.0.1:0", $"--Health:Public={isPublic}"],
        });
        builder.AddServiceDefaults();
        await using var app = builder.Build();
        app.MapDefaultEndpoints();
        await app.StartAsync(Token);
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        foreach (var path in (string[])["/health", "/alive"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (header is not null)
                request.Headers.Add(header, "203.0.113.7");
            using var answer = await http.SendAsync(request, Token);
            Assert.Equal(expected, answer.StatusCode);
        }
    }
}
