using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace Fintech.Tests.Dashboard.Security;

/// <summary>Sign-in through a provider, honest and not.</summary>
public sealed class OpenIdConnectTests(Servers servers) : IAsyncLifetime
{
    private Stage stage = null!;
    private OidcProvider provider = null!;
    private DashboardApp app = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        stage = await Stage.SetAsync(servers, Token);
        provider = await OidcProvider.StartAsync(Token);
        const string section = "--Dashboard:Access:OpenIdConnect";
        app = await stage.StartAsync(
            Token, "--Dashboard:Access:Mode=OpenIdConnect", $"{section}:Authority={provider.Authority}", $"{section}:ClientId={OidcProvider.ClientId}",
            $"{section}:ClientSecret={OidcProvider.ClientSecret}", $"{section}:Roles:viewer:0=staff", $"{section}:Roles:analyst:0=fraud-team", $"{section}:Roles:admin:0=payments-leads");
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await provider.DisposeAsync();
        await stage.DisposeAsync();
    }

    [Fact]
    public async Task Whoever_the_provider_knows_comes_in_with_the_highest_of_his_roles_where_he_wanted_to_go()
    {
        using var browser = app.Visitor();
        using var page = await OpenAsync(browser, "/alerts?rule=velocity");

        Assert.Equal("/alerts?rule=velocity", page.RequestMessage!.RequestUri!.PathAndQuery);
        var me = await browser.GetFromJsonAsync<JsonElement>(new Uri("/api/me", UriKind.Relative), Token);
        Assert.Equal(("ann@example.com", "analyst", "OpenIdConnect"), (me.GetProperty("name").GetString(), me.GetProperty("role").GetString(), me.GetProperty("mode").GetString()));
    }

    [Fact]
    public async Task Who_has_no_role_is_told_so()
    {
        provider.Roles = ["guests"];
        await AssertRefusedAsync("You are known, but have no role here");
    }

    [Fact]
    public async Task An_answer_to_another_question_is_refused()
    {
        provider.Lie = token => token.Claims["nonce"] = "of-another-sign-in";
        await AssertRefusedAsync("was not genuine");
    }

    [Fact]
    public async Task A_token_signed_by_another_key_is_refused()
    {
        provider.SignsWithAnotherKey = true;
        await AssertRefusedAsync("was not genuine");
    }

    [Fact]
    public async Task An_expired_token_is_refused()
    {
        provider.Lie = token => (token.NotBefore, token.Expires) = (DateTime.UtcNow.AddHours(-2), DateTime.UtcNow.AddHours(-1));
        await AssertRefusedAsync("was not genuine");
    }

    [Fact]
    public async Task A_token_for_another_application_or_of_another_provider_is_refused()
    {
        provider.Lie = token => token.Audience = "another";
        await AssertRefusedAsync("was not genuine");
        provider.Lie = token => token.Issuer = "https://evil.example";
        await AssertRefusedAsync("was not genuine");
    }

    [Fact]
    public async Task A_callback_that_nobody_asked_for_is_refused()
    {
        using var browser = app.Visitor();
        using var answer = await browser.GetAsync(new Uri("/sign-in/callback?code=stolen&state=forged", UriKind.Relative), Token);
        Assert.Contains("was not genuine", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        using var me = await browser.GetAsync(new Uri("/api/me", UriKind.Relative), Token);
        Assert.Equal(HttpStatusCode.Unauthorized, me.StatusCode);
    }

    [Fact]
    public async Task A_link_lets_nobody_in_where_the_provider_does()
    {
        using var browser = app.Visitor();
        using var answer = await browser.GetAsync(app.LinkFor("admin"), Token);
        Assert.Contains("/sign-in?refused=link", answer.RequestMessage!.RequestUri!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_way_back_leads_nowhere_else()
    {
        using var browser = app.Visitor();
        using var answer = await browser.GetAsync(new Uri("/sign-in?returnUrl=https%3A%2F%2Fevil.example", UriKind.Relative), Token);
        Assert.Equal(new Uri(app.Address, "/"), answer.RequestMessage!.RequestUri);
    }

    private static Task<HttpResponseMessage> OpenAsync(HttpClient browser, string page)
    {
        browser.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        return browser.GetAsync(new Uri(page, UriKind.Relative), Token);
    }

    private async Task AssertRefusedAsync(string sentence)
    {
        using var browser = app.Visitor();
        using var page = await OpenAsync(browser, "/");
        Assert.Equal(HttpStatusCode.Forbidden, page.StatusCode);
        Assert.Contains(sentence, await page.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        using var me = await browser.GetAsync(new Uri("/api/me", UriKind.Relative), Token);
        Assert.Equal(HttpStatusCode.Unauthorized, me.StatusCode);
    }
}
