using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Fintech.Dashboard.Security.Links;
using Fintech.Tests.Producer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;
using static Fintech.Tests.Dashboard.Security.Asking;

namespace Fintech.Tests.Dashboard.Security;

/// <summary>Sign-in by link, and the ways to try it without one.</summary>
public sealed class LinkTests(Servers servers) : IAsyncLifetime
{
    private const string Link = "--Dashboard:Access:Mode=Link";
    private readonly DirectoryInfo keys = Directory.CreateTempSubdirectory("fintech-keys-");
    private Stage stage = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => stage = await Stage.SetAsync(servers, Token);

    public async ValueTask DisposeAsync()
    {
        await stage.DisposeAsync();
        keys.Delete(recursive: true);
    }

    private Task<DashboardApp> StartAsync(params string[] settings) => stage.StartAsync(Token, [Link, $"--Dashboard:Access:KeysFolder={keys.FullName}", .. settings]);

    [Fact]
    public async Task A_link_signs_in_once_and_leads_on_without_its_token()
    {
        await using var app = await StartAsync();
        using var http = Bare(app.Address);
        var link = app.LinkFor("analyst", "Ann", "/alerts?rule=velocity").PathAndQuery;

        using var first = await http.AskAsync(HttpMethod.Get, link, Token);
        Assert.Equal((HttpStatusCode.Found, "/alerts?rule=velocity"), (first.StatusCode, first.Headers.Location!.OriginalString));
        var cookie = first.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("; samesite=lax; httponly", cookie, StringComparison.Ordinal);
        Assert.InRange(DateTimeOffset.Parse(cookie.Split("expires=")[1].Split(';')[0]) - DateTimeOffset.UtcNow, TimeSpan.FromDays(2.9), TimeSpan.FromDays(3));

        using var me = await http.AskAsync(HttpMethod.Get, "/api/me", Token, null, ("Cookie", CookieOf(first)));
        var answer = await me.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.Equal(("Ann", "analyst", "Link"), (answer.GetProperty("name").GetString(), answer.GetProperty("role").GetString(), answer.GetProperty("mode").GetString()));

        using var second = await http.AskAsync(HttpMethod.Get, link, Token);
        Assert.Equal("/sign-in?refused=link&returnUrl=%2Falerts%3Frule%3Dvelocity", second.Headers.Location!.OriginalString);
        Assert.False(second.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Of_many_who_open_one_link_at_once_one_is_let_in()
    {
        await using var app = await StartAsync("--Dashboard:Access:Limits:FailedSignInsPerMinute=100");
        using var http = Bare(app.Address);
        var link = app.LinkFor("viewer").PathAndQuery;

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => http.AskAsync(HttpMethod.Get, link, Token)));

        Assert.Single(answers, answer => answer.Headers.Contains("Set-Cookie"));
        foreach (var answer in answers)
            answer.Dispose();
    }

    [Fact]
    public async Task The_token_can_be_pasted_and_so_can_the_whole_link()
    {
        await using var app = await StartAsync();
        foreach (var paste in (Func<Uri, string>[])[link => link.ToString().Split('&')[0], link => $"  {link.Query.Split('=', '&')[1]} "])
        {
            var handler = new PageHandler();
            using var http = new HttpClient(handler) { BaseAddress = app.Address };
            var page = await http.GetStringAsync(new Uri("/sign-in", UriKind.Relative), Token);
            var field = page.Split("name=\"__RequestVerificationToken\" value=\"")[1].Split('"')[0];
            using var form = new FormUrlEncodedContent([new("__RequestVerificationToken", field), new("token", paste(app.LinkFor("viewer", "Vic"))), new("returnUrl", "/api/me")]);
            using var answer = await http.PostAsync(new Uri("/sign-in", UriKind.Relative), form, Token);
            Assert.Contains("\"Vic\"", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_link_that_is_too_old_lets_nobody_in()
    {
        await using var app = await StartAsync();
        using var http = Bare(app.Address);
        var old = app.Services.GetRequiredService<LinkStore>().Issue(new("late", "admin", DateTimeOffset.UtcNow.AddSeconds(-1)));

        using var answer = await http.AskAsync(HttpMethod.Get, $"/sign-in?t={old}", Token);

        Assert.Equal("/sign-in?refused=link", answer.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task A_link_of_another_dashboard_lets_nobody_in()
    {
        await using var mine = await StartAsync();
        await using var other = await stage.StartAsync(Token, Link);
        using var http = Bare(mine.Address);

        using var answer = await http.AskAsync(HttpMethod.Get, other.LinkFor("admin").PathAndQuery, Token);

        Assert.Equal("/sign-in?refused=link", answer.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task A_token_given_at_the_start_works_once_also_across_restarts_and_the_cookie_outlives_them()
    {
        const string given = "TokenOfTheAppHost0123456789abcdefghijklmnopqrstu";
        string cookie;
        await using (var before = await StartAsync($"--Dashboard:Access:LinkToken={given}", "--Dashboard:Access:LinkName=starter"))
        {
            using var http = Bare(before.Address);
            using var answer = await Eventually.ReadAsync("the link of the start to be open", token => http.AskAsync(HttpMethod.Get, $"/sign-in?t={given}", token),
                answer => answer.Headers.Contains("Set-Cookie"), TimeSpan.FromSeconds(20), Token);
            cookie = CookieOf(answer);
        }

        await using var after = await StartAsync($"--Dashboard:Access:LinkToken={given}", "--Dashboard:Access:LinkName=starter");
        using var again = Bare(after.Address);
        using var me = await again.AskAsync(HttpMethod.Get, "/api/me", Token, null, ("Cookie", cookie));
        Assert.Equal(HttpStatusCode.OK, me.StatusCode);
        Assert.Contains("\"starter\",\"role\":\"admin\"", await me.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);

        // It prints another one instead.
        await Eventually.IsTrueAsync("another open link", _ => Task.FromResult(keys.GetFiles("links/*").Any(file => file.Extension.Length == 0)), TimeSpan.FromSeconds(20), Token);
        using var spent = await again.AskAsync(HttpMethod.Get, $"/sign-in?t={given}", Token);
        Assert.Equal("/sign-in?refused=link", spent.Headers.Location!.OriginalString);
    }

    [Theory]
    [InlineData("other keys", "--Dashboard:Access:Mode=Link")]
    [InlineData("another rule of roles", "--Dashboard:Access:Mode=Link", "--Dashboard:Access:LinkRole=viewer")]
    [InlineData("another mode", "--Dashboard:Access:Mode=OpenIdConnect", "--Dashboard:Access:OpenIdConnect:Authority=http://localhost:1", "--Dashboard:Access:OpenIdConnect:ClientId=x", "--Dashboard:Access:OpenIdConnect:Roles:admin:0=x")]
    public async Task A_cookie_given_under_other_keys_or_rules_counts_no_more(string difference, params string[] settings)
    {
        string cookie;
        await using (var before = await StartAsync())
        {
            using var asking = Bare(before.Address);
            using var answer = await asking.AskAsync(HttpMethod.Get, before.LinkFor("admin").PathAndQuery, Token);
            cookie = CookieOf(answer);
        }

        await using var after = difference == "other keys" ? await stage.StartAsync(Token, settings) : await StartAsync(settings);
        using var http = Bare(after.Address);
        using var me = await http.AskAsync(HttpMethod.Get, "/api/me", Token, null, ("Cookie", cookie));
        Assert.Equal(HttpStatusCode.Unauthorized, me.StatusCode);
    }

    [Fact]
    public async Task Who_guesses_tokens_is_soon_not_listened_to_any_more()
    {
        await using var app = await StartAsync("--Dashboard:Access:Limits:FailedSignInsPerMinute=5");
        using var http = Bare(app.Address);
        for (var i = 0; i < 5; i++)
        {
            using var wrong = await http.AskAsync(HttpMethod.Get, $"/sign-in?t={LinkToken.Create()}", Token);
            Assert.Equal(HttpStatusCode.Found, wrong.StatusCode);
        }

        using var right = await http.AskAsync(HttpMethod.Get, app.LinkFor("admin").PathAndQuery, Token);
        Assert.Equal(HttpStatusCode.TooManyRequests, right.StatusCode);
        Assert.Equal("60", right.Headers.GetValues("Retry-After").Single());
        Assert.Contains("Too many wrong tokens", await right.DetailAsync(Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("../../etc/passwd-0123456789012345678901234567890123456789")]
    [InlineData("%00000000000000000000000000000000000000000000000000")]
    public async Task What_is_no_token_is_refused(string token)
    {
        await using var app = await StartAsync();
        using var http = Bare(app.Address);
        using var answer = await http.AskAsync(HttpMethod.Get, $"/sign-in?t={token}", Token);
        Assert.Equal((HttpStatusCode.Found, "/sign-in?refused=link"), (answer.StatusCode, answer.Headers.Location!.OriginalString));
    }

    [Fact]
    public async Task Neither_the_log_nor_a_trace_holds_a_token_whatever_is_logged()
    {
        var tags = new System.Collections.Concurrent.ConcurrentQueue<string>();
        using var listener = new System.Diagnostics.ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref _) => System.Diagnostics.ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => tags.Enqueue($"{activity.DisplayName} {string.Join(' ', activity.TagObjects.Select(tag => $"{tag.Key}={tag.Value}"))}"),
        };
        System.Diagnostics.ActivitySource.AddActivityListener(listener);
        await using var app = await StartAsync("--Logging:LogLevel:Default=Trace", "--Logging:LogLevel:Microsoft.AspNetCore=Trace", "--Logging:Console:LogLevel:Default=None");
        using var log = new LogCollector();
        app.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        using var http = Bare(app.Address);

        var right = app.LinkFor("viewer", "Vic").PathAndQuery;
        var wrong = LinkToken.Create();
        (await http.AskAsync(HttpMethod.Get, right, Token)).Dispose();
        (await http.AskAsync(HttpMethod.Get, $"/sign-in?t={wrong}", Token)).Dispose();

        // What is to be seen proves that there was something to look at.
        await Eventually.IsTrueAsync("the refusal in the log", _ => Task.FromResult(log.Text.Contains("sign-in token came from", StringComparison.Ordinal)), TimeSpan.FromSeconds(20), Token);
        await Eventually.IsTrueAsync("the trace of the requests", _ => Task.FromResult(tags.Count(tag => tag.Contains("/sign-in", StringComparison.Ordinal)) >= 2), TimeSpan.FromSeconds(20), Token);
        foreach (var secret in (string[])[right.Split('=', '&')[1], wrong])
        {
            Assert.DoesNotContain(secret, log.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(tags, tag => tag.Contains(secret, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_browser_that_loads_ahead_does_not_use_up_the_link()
    {
        await using var app = await StartAsync();
        using var http = Bare(app.Address);
        var link = app.LinkFor("viewer").PathAndQuery;

        using var ahead = await http.AskAsync(HttpMethod.Get, link, Token, null, ("Sec-Purpose", "prefetch;prerender"));
        using var then = await http.AskAsync(HttpMethod.Get, link, Token);

        Assert.False(ahead.Headers.Contains("Set-Cookie"));
        Assert.True(then.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Nobody_else_can_look_into_the_folder_of_keys_and_links()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes.");
            return;
        }

        keys.UnixFileMode |= UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        await using var app = await StartAsync();
        var token = app.LinkFor("admin").Query.Split('=', '&')[1];

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(keys.FullName));
        Assert.DoesNotContain(keys.GetFiles("*", SearchOption.AllDirectories), file => file.Name.Contains(token, StringComparison.Ordinal) || File.ReadAllText(file.FullName).Contains(token, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_admin_makes_a_link_for_a_colleague_and_nobody_else_does()
    {
        await using var app = await StartAsync();
        using var admin = await app.SignedInAsync("admin", "Ada", Token);
        using var answer = await admin.PostAsJsonAsync(new Uri("/api/links", UriKind.Relative), new { name = "Wall 3", role = "viewer" }, Token);
        var link = (await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("address").GetString()!;
        using var wall = app.Visitor();
        Assert.Contains("\"Wall 3\",\"role\":\"viewer\"", await wall.GetStringAsync(new Uri($"{link}&returnUrl=/api/me"), Token), StringComparison.Ordinal);

        using var analyst = await app.SignedInAsync("analyst", "Ann", Token);
        using var refused = await analyst.PostAsJsonAsync(new Uri("/api/links", UriKind.Relative), new { name = "me", role = "admin" }, Token);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal("As analyst you may not do this: it asks for a higher role.", await refused.DetailAsync(Token));

        using var noRole = await admin.PostAsJsonAsync(new Uri("/api/links", UriKind.Relative), new { name = "x", role = "root" }, Token);
        Assert.Equal("role must be viewer, analyst or admin, and is 'root'.", await noRole.DetailAsync(Token));
    }
}
