namespace Fintech.Dashboard.Security;

/// <summary>What a browser must not do with our answers.</summary>
internal static class SecurityHeaders
{
    /// <summary>Everything from here, nothing inline: merchant names and alert texts are data of others.</summary>
    private static readonly string ContentSecurityPolicy = string.Join("; ",
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "manifest-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'");

    public static void UseSecurityHeaders(this WebApplication app) => app.Use((context, next) =>
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        return next(context);
    });

    /// <summary>
    /// Browsers let any page open a WebSocket to any host, and always say in Origin who asks: a page of others is refused.
    /// Programs that are no browser send none, and are let in. The Host that Origin is compared with is itself limited by AllowedHosts,
    /// which keeps out a foreign name that resolves to this machine.
    /// </summary>
    public static void UseOriginCheck(this WebApplication app) => app.Use((context, next) =>
    {
        foreach (var origin in context.Request.Headers.Origin)
        {
            // For example "http://localhost:5001", or "null" from a sandboxed frame.
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri)
                || !string.Equals(uri.Authority, Authority(context.Request), StringComparison.OrdinalIgnoreCase))
            {
                return Refusal.WriteAsync(context, StatusCodes.Status403Forbidden, "A page of another origin may not use the dashboard.");
            }
        }

        return next(context);
    });

    // As Uri.Authority writes it: without the scheme's own port.
    private static string Authority(HttpRequest request) => new UriBuilder(request.Scheme, request.Host.Host, request.Host.Port ?? -1).Uri.Authority;
}
