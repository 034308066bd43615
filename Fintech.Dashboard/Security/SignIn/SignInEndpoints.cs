using Fintech.Dashboard.Security.Links;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Fintech.Dashboard.Security.SignIn;

/// <summary>The way in and out for people.</summary>
internal static class SignInEndpoints
{
    public const string Path = "/sign-in";
    public const string OutPath = "/sign-out";

    private const int MaxFieldLength = 4_000;

    public static string AddressFor(string returnUrl, string? refused = null) => Path + QueryString.Create(
        [
            .. refused is null ? [] : new KeyValuePair<string, string?>[] { new("refused", refused) },
            .. returnUrl == ReturnUrl.Home ? [] : new KeyValuePair<string, string?>[] { new(ReturnUrl.Parameter, returnUrl) },
        ]);

    public static void MapSignIn(this WebApplication app)
    {
        var open = app.MapGroup(Path).AllowAnonymous().ExcludeFromDescription();
        open.MapGet("", GetAsync);
        open.MapPost("", PostAsync);
        open.MapGet("/sign-in.css", SignInPage.Style);
        open.MapGet("/tokens.css", SignInPage.Tokens);
        app.MapPost(OutPath, OutAsync).ExcludeFromDescription();
    }

    /// <summary>With a token it signs in and leads on to an address without the token; without, it is the page that asks for one.</summary>
    private static async Task<IResult> GetAsync(HttpContext context, Door door, IAntiforgery antiforgery, string? t, string? returnUrl, string? refused)
    {
        var goal = ReturnUrl.LocalOrHome(returnUrl);

        // A browser that loads ahead of its user would use up the link.
        if (t is not null && context.Request.Headers["Sec-Purpose"].ToString().Contains("prefetch", StringComparison.OrdinalIgnoreCase))
            return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        if (t is not null)
            return await RedeemAsync(context, door, t, goal);
        if (refused is null && Roles.Of(context.User) is not null)
            return Results.LocalRedirect(goal);
        if (refused is null && door.Mode == AccessMode.OpenIdConnect)
            return Results.Challenge(new AuthenticationProperties { RedirectUri = goal }, [Provider.SchemeName]);

        // Without a referrer a browser sends this page's form with "Origin: null", as a page of others would.
        context.Response.Headers["Referrer-Policy"] = "same-origin";
        return SignInPage.Show(door.Mode, antiforgery.GetAndStoreTokens(context), goal, refused);
    }

    /// <summary>Somebody pasted the link, or its token.</summary>
    private static async Task<IResult> PostAsync(HttpContext context, Door door, CancellationToken cancellationToken)
    {
        if (!context.Request.HasFormContentType)
            return Results.Problem("A token is sent as a form.", statusCode: StatusCodes.Status415UnsupportedMediaType);

        var form = await context.Request.ReadFormAsync(cancellationToken);
        var given = form["token"].ToString().Trim();
        if (given.Length > MaxFieldLength)
            return Results.Problem("This is no token: it is too long.", statusCode: StatusCodes.Status400BadRequest);

        var mark = given.LastIndexOf("t=", StringComparison.Ordinal);
        return await RedeemAsync(context, door, mark >= 0 && given.Contains('?') ? given[(mark + 2)..] : given, ReturnUrl.LocalOrHome(form[ReturnUrl.Parameter]));
    }

    private static async Task<IResult> RedeemAsync(HttpContext context, Door door, string token, string goal)
    {
        var answer = door.Try(token, context.Connection.RemoteIpAddress);
        if (answer is { Grant: { } grant })
        {
            await door.SignInAsync(context, grant.Name, grant.Role);
            return Results.LocalRedirect(goal);
        }

        // The link of the start, opened again by who is in already.
        if (Roles.Of(context.User) is not null)
            return Results.LocalRedirect(goal);
        return answer.TooMany
            ? TooMany(context)
            : Results.LocalRedirect(AddressFor(goal, SignInPage.RefusedLink));
    }

    private static IResult TooMany(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "60";
        return Results.Problem("Too many wrong tokens came from your address: wait a minute.", statusCode: StatusCodes.Status429TooManyRequests);
    }

    private static async Task<IResult> OutAsync(HttpContext context, HubSessions hubs)
    {
        hubs.Close(context.User);
        await context.SignOutAsync(Sessions.SchemeName);
        return Results.NoContent();
    }
}
