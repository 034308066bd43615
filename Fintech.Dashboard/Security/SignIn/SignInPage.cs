using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Antiforgery;

namespace Fintech.Dashboard.Security.SignIn;

/// <summary>Needs no script and nothing of the page behind it, so that whoever is not signed in is served nothing else.</summary>
internal static class SignInPage
{
    public const string RefusedLink = "link";
    public const string RefusedRole = "role";
    public const string RefusedProvider = "provider";

    public static IResult Style(HttpContext context) => Css(context, Sql.Read("Security/sign-in.css"));

    /// <summary>The colours of the page itself.</summary>
    public static IResult Tokens(HttpContext context) => Css(context, Sql.Read("Security/tokens.css"));

    public static IResult Show(AccessMode mode, AntiforgeryTokenSet antiforgery, string returnUrl, string? refused) =>
        Results.Content(Write(mode, antiforgery, returnUrl, refused), "text/html; charset=utf-8", null, refused is null ? null : StatusCodes.Status403Forbidden);

    private static string Write(AccessMode mode, AntiforgeryTokenSet antiforgery, string returnUrl, string? refused) => $"""
        <!doctype html>
        <html lang="en">
        <head>
          <meta charset="utf-8">
          <meta name="viewport" content="width=device-width, initial-scale=1">
          <meta name="color-scheme" content="light dark">
          <title>Sign in · Fintech</title>
          <link rel="stylesheet" href="/sign-in/tokens.css">
          <link rel="stylesheet" href="/sign-in/sign-in.css">
        </head>
        <body>
          <main>
            <h1><svg viewBox="0 0 20 20" aria-hidden="true"><path d="M2 13h4l2.5-8 4 11 2.2-6H18"/></svg>Fintech</h1>
        {Sentence(refused)}{(mode == AccessMode.Link ? Form(antiforgery, returnUrl) : Again(mode, returnUrl))}
          </main>
        </body>
        </html>

        """;

    private static string Sentence(string? refused) => refused switch
    {
        null => "",
        RefusedRole => Alert("You are known, but have no role here: ask whoever runs the dashboard to give you one."),
        RefusedProvider => Alert("The sign-in did not come to an end, or its answer was not genuine. The dashboard's log tells why."),
        _ => Alert("This link was used already, is too old, or belongs to another dashboard."),
    };

    private static string Alert(string sentence) => $"    <p class=\"refused\" role=\"alert\">{sentence}</p>\n";

    private static string Form(AntiforgeryTokenSet antiforgery, string returnUrl) => $"""
            <h2>Sign in by link</h2>
            <p>Open the link that starts with <strong>Sign in as</strong> in the output of the dashboard, or beneath the table of <code>dotnet run --project Fintech.AppHost</code>.
            Each works once; when it is used, the next one is printed there. Or ask a colleague who is admin for a link of your own.</p>
            <form method="post" action="/sign-in">
              <input type="hidden" name="{antiforgery.FormFieldName}" value="{HtmlEncoder.Default.Encode(antiforgery.RequestToken ?? "")}">
              <input type="hidden" name="{ReturnUrl.Parameter}" value="{HtmlEncoder.Default.Encode(returnUrl)}">
              <label for="token">Link or its token</label>
              <div class="field">
                <input id="token" name="token" type="password" autocomplete="off" autocapitalize="none" spellcheck="false" required autofocus>
                <button type="submit">Sign in</button>
              </div>
            </form>
        """;

    private static string Again(AccessMode mode, string returnUrl) => mode == AccessMode.OpenIdConnect
        ? $"    <p><a class=\"again\" href=\"{HtmlEncoder.Default.Encode(SignInEndpoints.AddressFor(returnUrl))}\">Sign in with your company account</a></p>"
        : "    <p>This dashboard is open to its own machine only, without sign-in. From other machines nobody gets in.</p>";

    private static IResult Css(HttpContext context, string text)
    {
        context.Response.Headers.CacheControl = "no-cache";
        return Results.Content(text, "text/css; charset=utf-8");
    }
}
