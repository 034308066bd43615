using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.SignalR;

namespace Fintech.Dashboard.Security;

/// <summary>
/// Everything that is not only read, whichever endpoint it is: without the token that this session was given (GET /api/csrf, sent back as
/// <c>X-CSRF-Token</c>; in the form of the sign-in a hidden field) it is refused. Programs with an API key send nothing that a browser
/// would send by itself, and the hub is guarded by the Origin check, because a browser cannot add headers to a WebSocket.
/// </summary>
internal static class WriteGuard
{
    public const string Header = "X-CSRF-Token";

    /// <summary>In the problem details, so that the page knows to get a new token and try once more.</summary>
    public const string Code = "csrf";

    public static void Configure(AntiforgeryOptions options, OwnAddress own)
    {
        options.HeaderName = Header;
        options.Cookie.Name = $"fintech-csrf-{own.Port}";
        options.Cookie.SameSite = SameSiteMode.Strict;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.SuppressXFrameOptionsHeader = true;    // Said for every answer, and more strictly.
    }

    public static void UseWriteGuard(this WebApplication app)
    {
        var antiforgery = app.Services.GetRequiredService<IAntiforgery>();
        app.Use(async (context, next) =>
        {
            if (IsGuarded(context) && !await antiforgery.IsRequestValidAsync(context))
            {
                await Results.Problem(
                    $"The token against forged requests is missing or belongs to another session: ask GET /api/csrf for one and send it as {Header}.",
                    statusCode: StatusCodes.Status400BadRequest, extensions: [new("code", Code)]).ExecuteAsync(context);
                return;
            }

            await next(context);
        });
    }

    private static bool IsGuarded(HttpContext context) =>
        IsWrite(context.Request.Method)
        && context.GetEndpoint() is { } endpoint && endpoint.Metadata.GetMetadata<HubMetadata>() is null
        && context.User.Identity?.AuthenticationType != ApiKeyAccess.SchemeName;

    public static bool IsWrite(string method) =>
        !HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) && !HttpMethods.IsOptions(method) && !HttpMethods.IsTrace(method);
}
