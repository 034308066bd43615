using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.Options;

namespace Fintech.Dashboard.Security;

/// <summary>
/// The cookie of who signed in. Lax, not Strict: a link to an alert, followed from a chat or a mail, has to find its reader signed in, and no GET
/// changes anything (what does is guarded by <see cref="WriteGuard"/> and the Origin check). The name holds the port, because cookies do not.
/// </summary>
internal static class Sessions
{
    public const string SchemeName = "cookie";

    private const string AccessClaim = "fintech:access";
    private const string SinceClaim = "fintech:since";

    /// <summary>However often a cookie is renewed by use, once in this time somebody signs in anew.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    public static ClaimsPrincipal PrincipalOf(string name, string role, AccessOptions access, DateTimeOffset now) => new(new ClaimsIdentity(
        [
            new(ClaimTypes.NameIdentifier, $"session:{Guid.NewGuid():n}"),
            new(ClaimTypes.Name, name),
            new(ClaimTypes.Role, role),
            new(AccessClaim, access.Fingerprint),
            new(SinceClaim, now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
        ],
        SchemeName, ClaimTypes.Name, ClaimTypes.Role));

    /// <summary>The session as one name: antiforgery tokens and hub connections belong to it.</summary>
    public static string? IdOf(ClaimsPrincipal user) => user.FindFirstValue(ClaimTypes.NameIdentifier);

    public static void Configure(CookieAuthenticationOptions cookie, IOptions<AccessOptions> access, OwnAddress own)
    {
        cookie.Cookie.Name = $"fintech-{own.Port}";
        cookie.Cookie.HttpOnly = true;
        cookie.Cookie.SameSite = SameSiteMode.Lax;
        cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        cookie.Cookie.IsEssential = true;
        cookie.ExpireTimeSpan = access.Value.Lifetime;

        // What the provider says of somebody may change, so there the time is not renewed by use.
        cookie.SlidingExpiration = access.Value.Mode == AccessMode.Link;
        cookie.Events.OnValidatePrincipal = ValidateAsync;
        cookie.Events.OnRedirectToLogin = ChallengeAsync;
        cookie.Events.OnRedirectToAccessDenied = context => Refusal.ForbiddenAsync(context.HttpContext);
    }

    private static Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var access = context.HttpContext.RequestServices.GetRequiredService<IOptions<AccessOptions>>().Value;
        var now = context.HttpContext.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        var since = long.TryParse(context.Principal?.FindFirstValue(SinceClaim), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : DateTimeOffset.MinValue;
        if (context.Principal?.FindFirstValue(AccessClaim) != access.Fingerprint || since + Longest < now)
            context.RejectPrincipal();
        return Task.CompletedTask;
    }

    /// <summary>A person who opens a page is led to the sign-in and back; a program is told no.</summary>
    private static Task ChallengeAsync(RedirectContext<CookieAuthenticationOptions> context)
    {
        var request = context.Request;
        var opensPage = HttpMethods.IsGet(request.Method)
            && !request.Path.StartsWithSegments("/api") && !request.Path.StartsWithSegments("/hubs")
            && request.GetTypedHeaders().Accept.Any(accepted => accepted.MediaType == "text/html");
        if (!opensPage)
            return Refusal.UnauthorizedAsync(context.HttpContext);

        context.Response.Redirect(SignIn.SignInEndpoints.AddressFor(ReturnUrl.Of(request)));
        return Task.CompletedTask;
    }
}
