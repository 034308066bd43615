using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Fintech.Dashboard.Live;
using Fintech.Dashboard.Security;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Xunit;
using static Fintech.Tests.Dashboard.Security.Asking;

namespace Fintech.Tests.Dashboard.Security;

/// <summary>From outside, and from inside with too small a role. docs/security.md lists them.</summary>
public sealed class AttackTests(Servers servers) : IAsyncLifetime
{
    private const string Key = "key-of-a-test-0123456789abcdefghijklmnop";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private Stage stage = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => stage = await Stage.SetAsync(servers, Token);

    public ValueTask DisposeAsync() => stage.DisposeAsync();

    private Task<DashboardApp> StartAsync(params string[] settings) => stage.StartAsync(Token, ["--Dashboard:Access:Mode=Link", .. settings]);

    [Fact]
    public async Task Without_a_cookie_a_page_leads_to_the_sign_in_and_all_else_is_refused_in_a_sentence()
    {
        await using var app = await StartAsync();
        using var http = Bare(app.Address);

        using var page = await http.AskAsync(HttpMethod.Get, "/alerts?rule=velocity", Token, null, ("Accept", "text/html,*/*;q=0.8"));
        Assert.Equal((HttpStatusCode.Found, "/sign-in?returnUrl=%2Falerts%3Frule%3Dvelocity"), (page.StatusCode, page.Headers.Location!.OriginalString));

        foreach (var path in (string[])["/api/kpis", "/api/does-not-exist", "/hubs/live", "/assets/main.js", "/favicon.svg", "/index.html"])
        {
            using var answer = await http.AskAsync(HttpMethod.Get, path, Token);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.StartsWith("You are not signed in", await answer.DetailAsync(Token), StringComparison.Ordinal);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        }

        await Assert.ThrowsAsync<HttpRequestException>(() => LivePage.OpenAsync(app, Token));
    }

    [Theory]
    [InlineData("Cookie", "fintech-0=CfDJ8forged")]
    [InlineData("Cookie", "fintech-0=; .AspNetCore.Cookies=admin; role=admin")]
    [InlineData("Authorization", "Bearer ")]
    [InlineData("Authorization", "Bearer key-of-a-test-0123456789abcdefghijklmno")]
    [InlineData("Authorization", "Bearer key-of-a-test-0123456789abcdefghijklmnopq")]
    [InlineData("Authorization", "Basic YWRtaW46YWRtaW4=")]
    [InlineData("X-Forwarded-User", "admin")]
    [InlineData("X-Original-URL", "/alive")]
    public async Task What_somebody_made_up_lets_nobody_in(string header, string value)
    {
        await using var app = await StartAsync($"--Dashboard:Access:ApiKeys:reports:Key={Key}");
        using var http = Bare(app.Address);
        using var answer = await http.AskAsync(HttpMethod.Get, "/api/me", Token, null, (header, value));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task A_program_gets_in_by_its_key_with_the_role_of_the_key_and_needs_no_token_against_forgery()
    {
        await using var app = await StartAsync(
            $"--Dashboard:Access:ApiKeys:reports:Key={Key}", "--Dashboard:Access:ApiKeys:deploy:Role=admin", "--Dashboard:Access:ApiKeys:deploy:Key=another-key-of-a-test-0123456789abcdef");
        using var http = Bare(app.Address);

        using var me = await http.AskAsync(HttpMethod.Get, "/api/me", Token, null, ("Authorization", $"Bearer {Key}"));
        Assert.Contains("\"reports\",\"role\":\"viewer\"", await me.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        using var refused = await http.AskAsync(HttpMethod.Post, "/api/links", Token, JsonContent.Create(new { name = "x", role = "viewer" }), ("Authorization", $"Bearer {Key}"));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var made = await http.AskAsync(HttpMethod.Post, "/api/links", Token, JsonContent.Create(new { name = "x", role = "viewer" }), ("Authorization", "Bearer another-key-of-a-test-0123456789abcdef"));
        Assert.Equal(HttpStatusCode.OK, made.StatusCode);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("localhost.evil.example")]
    [InlineData("evil.example:80")]
    public async Task A_foreign_name_for_this_machine_is_refused_also_at_the_sign_in(string host)
    {
        await using var app = await StartAsync();
        using var http = Bare(app.Address);
        using var answer = await http.AskAsync(HttpMethod.Get, app.LinkFor("admin").PathAndQuery, Token, null, ("Host", host));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task A_page_of_others_can_neither_listen_nor_write_with_the_cookie_of_its_visitor()
    {
        await using var app = await StartAsync();
        var cookies = await app.CookiesOfAsync("admin", "Ada", Token);
        using var http = Bare(app.Address);
        using var write = await http.AskAsync(HttpMethod.Post, "/api/links", Token, JsonContent.Create(new { name = "x", role = "admin" }),
            ("Cookie", cookies.GetCookieHeader(app.Address)), ("Origin", "https://evil.example"));
        Assert.Equal((HttpStatusCode.Forbidden, "A page of another origin may not use the dashboard."), (write.StatusCode, await write.DetailAsync(Token)));

        using var socket = new ClientWebSocket();
        socket.Options.Cookies = cookies;
        socket.Options.SetRequestHeader("Origin", "https://evil.example");
        socket.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new UriBuilder(app.Address) { Scheme = "ws", Path = LiveHub.Path }.Uri, Token));
        Assert.Equal(HttpStatusCode.Forbidden, socket.HttpStatusCode);
    }

    [Fact]
    public async Task A_write_without_the_token_of_its_own_session_is_refused()
    {
        await using var app = await StartAsync();
        using var http = Bare(app.Address);
        var (mine, myToken) = await SessionAsync("Ada");
        var (_, hisToken) = await SessionAsync("Bob");

        foreach (var token in (string?[])[null, "", "CfDJ8forged", hisToken])
        {
            using var refused = await PostAsync(mine, token);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Contains("\"code\":\"csrf\"", await refused.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        }

        using var accepted = await PostAsync(mine, myToken);
        Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);

        // Open access most of all: there the browser of every visitor of every page is let in.
        await using var open = await stage.StartAsync(Token);
        using var bare = Bare(open.Address);
        using var forged = await bare.AskAsync(HttpMethod.Post, "/sign-out", Token);
        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);

        async Task<(string Cookie, string Token)> SessionAsync(string name)
        {
            var cookies = await app.CookiesOfAsync("admin", name, Token);
            using var own = new HttpClient(new PageHandler(cookies)) { BaseAddress = app.Address };
            var token = (await own.GetFromJsonAsync<System.Text.Json.JsonElement>(new Uri("/api/csrf", UriKind.Relative), Token)).GetProperty("token").GetString()!;
            return (cookies.GetCookieHeader(app.Address), token);
        }

        Task<HttpResponseMessage> PostAsync(string cookie, string? token) => http.AskAsync(
            HttpMethod.Post, "/api/links", Token, JsonContent.Create(new { name = "x", role = "viewer" }),
            [("Cookie", cookie), .. token is null ? [] : new[] { (WriteGuard.Header, token) }]);
    }

    [Fact]
    public async Task A_connection_ends_with_its_cookie()
    {
        await using var app = await StartAsync("--Dashboard:Access:Lifetime=00:00:08");
        await using var page = await LivePage.OpenAsync(app, Token, await app.CookiesOfAsync("viewer", "Vic", Token));
        await page.SubscribeAsync("5m", Token);

        await page.Closed.WaitAsync(Patience, Token);
    }

    [Fact]
    public async Task Signing_out_ends_the_session_and_its_connections_and_no_others()
    {
        await using var app = await StartAsync();
        var (leaving, staying) = (await app.CookiesOfAsync("viewer", "Vic", Token), await app.CookiesOfAsync("viewer", "Vic", Token));
        await using var left = await LivePage.OpenAsync(app, Token, leaving);
        await using var stayed = await LivePage.OpenAsync(app, Token, staying);
        await left.SubscribeAsync("5m", Token);
        using var http = new HttpClient(new PageHandler(leaving)) { BaseAddress = app.Address };

        using var answer = await http.PostAsync(new Uri("/sign-out", UriKind.Relative), null, Token);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        await left.Closed.WaitAsync(Patience, Token);
        using var after = await http.GetAsync(new Uri("/api/me", UriKind.Relative), Token);
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);

        await stayed.SubscribeAsync("5m", Token);
        Assert.False(stayed.Closed.IsCompleted);
    }

    [Fact]
    public async Task Who_calls_the_hub_too_often_is_told_so_and_may_go_on_later()
    {
        await using var app = await StartAsync("--Dashboard:Access:Limits:HubCallsPerSecond=1");
        await using var page = await LivePage.OpenAsync(app, Token, await app.CookiesOfAsync("viewer", "Vic", Token));
        var answered = 0;
        var refused = await Assert.ThrowsAsync<HubException>(async () =>
        {
            for (; answered < 100; answered++)
                await page.SubscribeAsync("5m", Token);
        });
        Assert.True(answered >= 2, $"Two calls at once are allowed, and {answered} were answered.");
        Assert.Contains("more often than this server answers", refused.Message, StringComparison.Ordinal);

        await Eventually.IsTrueAsync("a call to be answered again", async token =>
        {
            try
            {
                await page.SubscribeAsync("5m", token);
                return true;
            }
            catch (HubException)
            {
                return false;
            }
        }, Patience, Token);
    }

    [Fact]
    public async Task Who_asks_too_often_is_told_when_to_ask_again_and_others_are_not()
    {
        await using var app = await StartAsync("--Dashboard:Access:Limits:ReadsPerSecond=1");
        using var busy = await app.SignedInAsync("viewer", "Vic", Token);
        using var calm = await app.SignedInAsync("viewer", "Vic", Token);
        HttpResponseMessage answer;
        var asked = 0;
        do
            answer = await busy.GetAsync(new Uri("/api/me", UriKind.Relative), Token);
        while (answer.StatusCode == HttpStatusCode.OK && ++asked < 1_000);

        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.StartsWith("You ask more often", await answer.DetailAsync(Token), StringComparison.Ordinal);
        using var other = await calm.GetAsync(new Uri("/api/me", UriKind.Relative), Token);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task A_body_that_is_too_long_is_not_read()
    {
        await using var app = await StartAsync();
        using var admin = await app.SignedInAsync("admin", "Ada", Token);
        using var answer = await admin.PostAsJsonAsync(new Uri("/api/links", UriKind.Relative), new { name = new string('x', 300_000), role = "viewer" }, Token);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.NotEmpty(await answer.DetailAsync(Token));
    }

    [Theory]
    [InlineData("/../appsettings.json")]
    [InlineData("/..%2fappsettings.json")]
    [InlineData("/%2e%2e/%2e%2e/appsettings.json")]
    [InlineData("/assets/../../appsettings.json")]
    [InlineData("/assets/..%5c..%5cappsettings.json")]
    [InlineData("/sign-in/../appsettings.json")]
    [InlineData("//etc/passwd", "200")]     // The address of a view that does not exist: the page says so itself.
    [InlineData("/sign-in/..%2f..%2f..%2f..%2fetc%2fpasswd")]
    public async Task No_path_leads_out_of_the_page_s_folder(string path, string status = "400|404")
    {
        await using var app = await StartAsync();
        var cookie = (await app.CookiesOfAsync("admin", "Ada", Token)).GetCookieHeader(app.Address);

        // By hand: a client library would tidy the path up.
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, app.Address.Port, Token);
        await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"), Token);
        using var reader = new StreamReader(tcp.GetStream());
        var answer = await reader.ReadToEndAsync(Token);

        Assert.Matches($"^HTTP/1.1 ({status}) ", answer);
        Assert.DoesNotContain("LogLevel", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("root:", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_forwarded_address_is_believed_from_a_known_proxy_only()
    {
        // Open access lets in this machine alone, so who the server takes somebody for can be seen.
        await using var stranger = await stage.StartAsync(Token, "--Dashboard:Access:KnownProxies:0=10.0.0.0/8");
        await using var known = await stage.StartAsync(Token, "--Dashboard:Access:KnownProxies:0=127.0.0.1");
        foreach (var (app, status) in ((DashboardApp, HttpStatusCode)[])[(stranger, HttpStatusCode.OK), (known, HttpStatusCode.Unauthorized)])
        {
            using var http = Bare(app.Address);
            using var answer = await http.AskAsync(HttpMethod.Get, "/api/me", Token, null, ("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", "https"));
            Assert.Equal(status, answer.StatusCode);
        }
    }
}
