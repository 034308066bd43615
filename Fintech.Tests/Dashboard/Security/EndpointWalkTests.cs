using System.Net;
using System.Text.RegularExpressions;
using Fintech.Dashboard.Security;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fintech.Tests.Dashboard.Security;

/// <summary>Every endpoint there is, so that one added tomorrow is not open because somebody forgot it.</summary>
public sealed class EndpointWalkTests(Servers servers) : IAsyncLifetime
{
    /// <summary>Sign-in itself and what its page is made of. The probes exist in Development only.</summary>
    private static readonly string[] Anonymous = ["/sign-in", "/sign-in/sign-in.css", "/sign-in/tokens.css", "/health", "/alive"];

    /// <summary>Whoever is signed in may sign out; whoever is not may sign in.</summary>
    private static readonly string[] WritesOfEverybody = ["/sign-in", "/sign-out"];

    private Stage stage = null!;
    private DashboardApp app = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        stage = await Stage.SetAsync(servers, Token);
        app = await stage.StartAsync(Token, "--Dashboard:Access:Mode=Link", "--environment=Development");
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await stage.DisposeAsync();
    }

    private IReadOnlyList<RouteEndpoint> Endpoints => [.. app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];

    [Fact]
    public async Task Nobody_who_is_not_signed_in_gets_an_answer_from_anything_but_the_sign_in()
    {
        var endpoints = Endpoints;
        Assert.True(endpoints.Count > 10);
        Assert.Equal(
            Anonymous.Order(),
            endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null).Select(PathOf).Distinct().Order());

        using var http = Asking.Bare(app.Address);
        foreach (var endpoint in endpoints.Where(endpoint => !Anonymous.Contains(PathOf(endpoint))))
        {
            foreach (var method in MethodsOf(endpoint))
            {
                using var answer = await http.AskAsync(HttpMethod.Parse(method), PathOf(endpoint), Token);
                Assert.True(answer.StatusCode == HttpStatusCode.Unauthorized, $"{method} {PathOf(endpoint)} answered {(int)answer.StatusCode} to nobody.");
            }
        }
    }

    [Fact]
    public void Whatever_writes_asks_for_more_than_a_viewer()
    {
        var writes = Endpoints.Where(endpoint =>
            MethodsOf(endpoint).Any(WriteGuard.IsWrite) && endpoint.Metadata.GetMetadata<HubMetadata>() is null && !WritesOfEverybody.Contains(PathOf(endpoint)));
        foreach (var endpoint in writes)
        {
            var policies = endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(data => data.Policy);
            Assert.True(policies.Any(policy => policy is Policies.Analyst or Policies.Admin), $"{PathOf(endpoint)} writes, and a viewer may call it.");
        }
    }

    /// <summary>/api/alerts/{id} becomes /api/alerts/1, and a file that does not exist stands for what is caught by default.</summary>
    private static string PathOf(RouteEndpoint endpoint) =>
        "/" + Regex.Replace(Regex.Replace(endpoint.RoutePattern.RawText!, @"\{\*[^/]*$", "some-page"), @"\{[^}]*\}", "1").Trim('/');

    private static IReadOnlyList<string> MethodsOf(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<IHttpMethodMetadata>() is { HttpMethods.Count: > 0 } methods ? methods.HttpMethods : ["GET"];
}
