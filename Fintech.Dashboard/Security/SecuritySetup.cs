using System.Net;
using Fintech.Dashboard.Security.Links;
using Fintech.Dashboard.Security.SignIn;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Fintech.Dashboard.Security;

internal static partial class SecuritySetup
{
    private const string Selector = "access";
    private const int MaxBodyBytes = 256 * 1024;

    /// <summary>Who somebody is and what he may do.</summary>
    public static void AddSecurity(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<AccessOptions>().BindConfiguration(AccessOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AccessOptions>, ValidateAccessOptions>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<OwnAddress>();
        services.AddSingleton<KeysFolder>();
        services.AddSingleton<LinkStore>();
        services.AddSingleton<Door>();
        services.AddSingleton<HubSessions>();

        AddSchemes(services, builder.Configuration.GetSection(AccessOptions.Section).Get<AccessOptions>()?.Mode ?? AccessMode.Link);
        Policies.Add(services.AddAuthorizationBuilder());

        services.AddDataProtection().SetApplicationName("Fintech.Dashboard");
        services.AddOptions<KeyManagementOptions>().Configure<KeysFolder, ILoggerFactory>((keys, folder, loggers) =>
            keys.XmlRepository = new FileSystemXmlRepository(new DirectoryInfo(folder.Sub("keys")), loggers));
        services.AddAntiforgery();
        services.AddOptions<AntiforgeryOptions>().Configure<OwnAddress>(WriteGuard.Configure);

        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<AccessOptions>>((limiter, access) => RateLimits.Configure(limiter, access.Value.Limits));
        services.Configure<HubOptions>(hub => hub.AddFilter<HubSessions>());
        services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
        });
        services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<AccessOptions>>((headers, access) => TrustProxies(headers, access.Value.KnownProxies));

        // It would write down addresses, and with them tokens of links and codes of the provider.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);
    }

    public static void UseSecurity(this WebApplication app)
    {
        var access = app.Services.GetRequiredService<IOptions<AccessOptions>>().Value;
        if (access.Mode == AccessMode.Open)
            LogOpen(app.Logger);
        if (access.KnownProxies.Length > 0)
            app.UseForwardedHeaders();

        app.UseHsts();
        app.UseSecurityHeaders();
        app.UseOriginCheck();
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();
        app.UseWriteGuard();
        app.MapSignIn();
    }

    private static void AddSchemes(IServiceCollection services, AccessMode mode)
    {
        var schemes = services.AddAuthentication(Selector)
            .AddPolicyScheme(Selector, null, selector => selector.ForwardDefaultSelector = context =>
                ApiKeyAccess.IsUsedBy(context.Request) ? ApiKeyAccess.SchemeName
                : mode == AccessMode.Open ? OpenAccess.SchemeName
                : Sessions.SchemeName)
            .AddCookie(Sessions.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAccess>(ApiKeyAccess.SchemeName, null)
            .AddScheme<AuthenticationSchemeOptions, OpenAccess>(OpenAccess.SchemeName, null);
        services.AddOptions<CookieAuthenticationOptions>(Sessions.SchemeName).Configure<IOptions<AccessOptions>, OwnAddress>(Sessions.Configure);

        switch (mode)
        {
            case AccessMode.Link:
                services.AddHostedService<LinkPrinter>();
                break;
            case AccessMode.OpenIdConnect:
                schemes.AddOpenIdConnect(Provider.SchemeName, _ => { });
                services.AddOptions<OpenIdConnectOptions>(Provider.SchemeName)
                    .Configure<IOptions<AccessOptions>>((oidc, access) => Provider.Configure(oidc, access.Value));
                break;
        }
    }

    /// <summary>What a header says about the client counts only from a proxy that was named. The host stays that of the request, which is checked.</summary>
    private static void TrustProxies(ForwardedHeadersOptions headers, IEnumerable<string> proxies)
    {
        headers.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
        headers.KnownProxies.Clear();
        headers.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
        {
            if (IPAddress.TryParse(proxy, out var address))
                headers.KnownProxies.Add(address);
            else
                headers.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(proxy));
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "NOBODY HAS TO SIGN IN: Dashboard:Access:Mode is Open, and everybody on this machine is admin")]
    private static partial void LogOpen(ILogger logger);
}
