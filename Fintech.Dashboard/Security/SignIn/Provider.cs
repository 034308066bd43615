using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Fintech.Dashboard.Security.SignIn;

/// <summary>
/// Sign-in through an OpenID Connect provider: code flow with PKCE. Of what the provider tells only the name and the role it leads to
/// come into the cookie; its tokens are not kept. The answer comes by a GET, so that the cookies of the sign-in may be Lax, and plain http works on loopback.
/// </summary>
internal static partial class Provider
{
    public const string SchemeName = "provider";

    public static void Configure(OpenIdConnectOptions oidc, AccessOptions access)
    {
        var provider = access.OpenIdConnect;
        oidc.SignInScheme = Sessions.SchemeName;
        oidc.Authority = provider.Authority?.ToString();
        oidc.RequireHttpsMetadata = provider.Authority is not { IsLoopback: true };
        oidc.ClientId = provider.ClientId;
        oidc.ClientSecret = provider.ClientSecret;
        oidc.ResponseType = OpenIdConnectResponseType.Code;
        oidc.ResponseMode = OpenIdConnectResponseMode.Query;
        oidc.UsePkce = true;
        oidc.SaveTokens = false;
        oidc.MapInboundClaims = false;
        oidc.UseTokenLifetime = false;
        oidc.CallbackPath = "/sign-in/callback";
        oidc.SignedOutCallbackPath = "/sign-in/out";
        oidc.RemoteSignOutPath = "/sign-in/remote-out";
        foreach (var scope in provider.Scopes)
            oidc.Scope.Add(scope);
        foreach (var cookie in (CookieBuilder[])[oidc.NonceCookie, oidc.CorrelationCookie])
        {
            cookie.SameSite = SameSiteMode.Lax;
            cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        }

        oidc.Events.OnTicketReceived = ReceiveAsync;
        oidc.Events.OnRemoteFailure = FailAsync;
    }

    /// <returns>The highest role that a value of the claim leads to; null where none does.</returns>
    public static string? RoleOf(ClaimsPrincipal user, OpenIdConnectAccess provider)
    {
        var values = user.FindAll(provider.RoleClaim).Select(claim => claim.Value).ToHashSet(StringComparer.Ordinal);
        return Roles.Ascending.LastOrDefault(role => provider.Roles.TryGetValue(role, out var names) && names.Any(values.Contains));
    }

    private static Task ReceiveAsync(TicketReceivedContext context)
    {
        var access = context.HttpContext.RequestServices.GetRequiredService<IOptions<AccessOptions>>().Value;
        var user = context.Principal ?? new();
        var subject = user.FindFirstValue("sub") ?? "";
        if (RoleOf(user, access.OpenIdConnect) is not { } role)
        {
            LogNoRole(LoggerOf(context.HttpContext), subject, access.OpenIdConnect.RoleClaim);
            context.Response.Redirect(SignInEndpoints.AddressFor(ReturnUrl.Home, SignInPage.RefusedRole));
            context.HandleResponse();
            return Task.CompletedTask;
        }

        var name = user.FindFirstValue(access.OpenIdConnect.NameClaim) ?? user.FindFirstValue("name") ?? subject;
        var now = context.HttpContext.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        context.Principal = Sessions.PrincipalOf(name, role, access, now);
        context.Properties = new AuthenticationProperties { IsPersistent = true };
        context.ReturnUri = ReturnUrl.LocalOrHome(context.ReturnUri);
        return Task.CompletedTask;
    }

    private static Task FailAsync(RemoteFailureContext context)
    {
        LogFailed(LoggerOf(context.HttpContext), context.Failure);
        context.Response.Redirect(SignInEndpoints.AddressFor(ReturnUrl.Home, SignInPage.RefusedProvider));
        context.HandleResponse();
        return Task.CompletedTask;
    }

    private static ILogger LoggerOf(HttpContext context) =>
        context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(Provider).FullName!);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Subject} was not let in: no value of the claim '{Claim}' leads to a role")]
    private static partial void LogNoRole(ILogger logger, string subject, string claim);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The answer of the OpenID Connect provider was not accepted")]
    private static partial void LogFailed(ILogger logger, Exception? exception);
}
