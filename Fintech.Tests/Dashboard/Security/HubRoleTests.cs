using System.Net;
using System.Reflection;
using Fintech.Dashboard.Api;
using Fintech.Dashboard.Live;
using Fintech.Dashboard.Security;
using Fintech.Dashboard.Security.Links;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Fintech.Tests.Dashboard.Security;

/// <summary>Roles on the methods of a hub, on one that has methods of all three.</summary>
public sealed class HubRoleTests : IAsyncLifetime
{
    private readonly DirectoryInfo keys = Directory.CreateTempSubdirectory("fintech-keys-");
    private WebApplication app = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateBuilder(["--urls=http://127.0.0.1:0", $"--Dashboard:Access:KeysFolder={keys.FullName}"]);
        builder.Logging.ClearProviders();
        builder.AddSecurity();
        builder.AddApi();
        builder.Services.AddSignalR();
        app = builder.Build();
        app.UseSecurity();
        app.MapHub<ProbeHub>("/hubs/probe").RequireAuthorization(Policies.Viewer);
        await app.StartAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        keys.Delete(recursive: true);
    }

    [Theory]
    [InlineData("viewer", "look")]
    [InlineData("analyst", "look work")]
    [InlineData("admin", "look work command")]
    public async Task Each_role_may_call_its_own_methods_and_those_of_the_roles_below(string role, string allowed)
    {
        var cookies = new CookieContainer();
        using (var http = new HttpClient(new PageHandler(cookies)))
        {
            var token = app.Services.GetRequiredService<LinkStore>().Issue(new("Vic", role, DateTimeOffset.UtcNow.AddMinutes(5)));
            using var signedIn = await http.GetAsync(new Uri($"{app.Urls.Single()}/sign-in?t={token}&returnUrl=/nowhere"), Token);
        }

        await using var hub = new HubConnectionBuilder().WithUrl($"{app.Urls.Single()}/hubs/probe", connection => connection.Cookies = cookies).Build();
        await hub.StartAsync(Token);
        foreach (var method in (string[])["look", "work", "command"])
        {
            if (allowed.Split(' ').Contains(method))
                Assert.Equal(method, await hub.InvokeAsync<string>(method, Token));
            else
                Assert.Contains("unauthorized", (await Assert.ThrowsAsync<HubException>(() => hub.InvokeAsync<string>(method, Token))).Message, StringComparison.Ordinal);
        }
    }

    /// <summary>The hub that exists only lets people look; a method that does more would name its policy.</summary>
    [Fact]
    public void The_live_hub_offers_nothing_but_to_watch_without_a_policy()
    {
        var open = typeof(LiveHub).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(method => method.GetBaseDefinition() == method && !method.IsSpecialName && method.GetCustomAttribute<AuthorizeAttribute>() is null);
        Assert.All(open, method => Assert.StartsWith("Subscribe", method.Name, StringComparison.Ordinal));
    }

    private sealed class ProbeHub : Hub
    {
        [HubMethodName("look")]
        public string Look() => "look";

        [HubMethodName("work")]
        [Authorize(Policies.Analyst)]
        public string Work() => "work";

        [HubMethodName("command")]
        [Authorize(Policies.Admin)]
        public string Command() => "command";
    }
}
