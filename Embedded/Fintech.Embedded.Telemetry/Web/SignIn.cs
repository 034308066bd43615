using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Fintech.Embedded.Telemetry.Web;

/// <summary>
/// Sign-in as the Aspire dashboard does it: the link printed at start carries a token; opening it sets a cookie and leads on
/// to an address without the token. The cookie says until when it is good, signed with a key of this start:
/// <c>1767225600.5f1c…</c>.
/// </summary>
internal sealed class SignIn(string token, TimeProvider time)
{
    public const string LoginPath = "/login";
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(3);
    private readonly byte[] token = Encoding.ASCII.GetBytes(token);
    private readonly byte[] signingKey = RandomNumberGenerator.GetBytes(32);

    /// <summary>On an endpoint that asks for no cookie: signing in itself, and the receiver, which has a key of its own.</summary>
    public static readonly object NotRequired = new OpenEndpoint();

    public Task LoginAsync(HttpContext context)
    {
        var given = Encoding.UTF8.GetBytes(context.Request.Query["t"].ToString());
        if (!CryptographicOperations.FixedTimeEquals(given, token))
        {
            return Answer.SentenceAsync(context, StatusCodes.Status401Unauthorized,
                "The token of this link is not the one of the running host: open the link that its latest start printed.");
        }

        var until = time.GetUtcNow() + Lifetime;
        context.Response.Cookies.Append(CookieName(context), Sign(until.ToUnixTimeSeconds()), new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Expires = until,
            Path = "/",
            IsEssential = true,
        });
        var wanted = context.Request.Query["returnUrl"].ToString();
        context.Response.Redirect(IsLocal(wanted) ? wanted : "/");
        return Task.CompletedTask;
    }

    public async Task RequireAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<OpenEndpoint>() is not null || IsSignedIn(context))
        {
            await next(context);
            return;
        }

        // A link followed from another site comes without the strict cookie; following one from here brings it.
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync(
            """
            <!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <meta name="color-scheme" content="light dark"><title>Sign in</title>
            <p>Not signed in: open the login link that the host printed when it started.</p>
            <p><a href="/">Signed in already?</a></p></html>
            """,
            context.RequestAborted);
    }

    /// <summary>A path of this server: <c>/logs?text=x</c>, but not <c>//elsewhere</c>, <c>/\elsewhere</c> or a full address.</summary>
    public static bool IsLocal(string address) =>
        address.StartsWith('/')
        && !address.StartsWith("//", StringComparison.Ordinal)
        && !address.StartsWith("/\\", StringComparison.Ordinal)
        && address.All(letter => letter is > ' ' and < '\x7f');

    /// <summary>Browsers send cookies to every port of a machine: the name keeps two hosts apart.</summary>
    private static string CookieName(HttpContext context) => $"fintech-telemetry-{context.Connection.LocalPort}";

    private bool IsSignedIn(HttpContext context)
    {
        var cookie = context.Request.Cookies[CookieName(context)] ?? "";
        var end = cookie.IndexOf('.');
        return end > 0
            && long.TryParse(cookie.AsSpan(0, end), NumberStyles.None, CultureInfo.InvariantCulture, out var until)
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(cookie), Encoding.UTF8.GetBytes(Sign(until)))
            && until > time.GetUtcNow().ToUnixTimeSeconds();
    }

    private string Sign(long until)
    {
        var text = until.ToString(CultureInfo.InvariantCulture);
        return $"{text}.{Convert.ToHexStringLower(HMACSHA256.HashData(signingKey, Encoding.ASCII.GetBytes(text)))}";
    }

    private sealed class OpenEndpoint;
}
