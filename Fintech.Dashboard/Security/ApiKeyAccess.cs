using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Fintech.Dashboard.Security;

/// <summary>
/// Programs: <c>Authorization: Bearer KEY</c>, with the role and the name of the key. How long the comparison takes tells nothing about
/// a key, not even its length. A browser never sends a key by itself, so their writes need no antiforgery token.
/// </summary>
internal sealed class ApiKeyAccess(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, IOptionsMonitor<AccessOptions> access)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "key";
    private const string Prefix = "Bearer ";

    public static bool IsUsedBy(HttpRequest request) => request.Headers.Authorization.Count > 0;

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            return Task.FromResult(AuthenticateResult.Fail("The scheme of Authorization is not Bearer."));

        var given = Hash(header[Prefix.Length..].Trim());
        string? name = null;
        var role = "";
        foreach (var (candidate, key) in access.CurrentValue.ApiKeys)
        {
            if (CryptographicOperations.FixedTimeEquals(Hash(key.Key), given))
                (name, role) = (candidate, key.Role);
        }

        return Task.FromResult(name is null
            ? AuthenticateResult.Fail("No configured key has this value.")
            : AuthenticateResult.Success(new AuthenticationTicket(
                new ClaimsPrincipal(new ClaimsIdentity(
                    [new(ClaimTypes.NameIdentifier, $"key:{name}"), new(ClaimTypes.Name, name), new(ClaimTypes.Role, role)],
                    SchemeName, ClaimTypes.Name, ClaimTypes.Role)),
                SchemeName)));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return Refusal.WriteAsync(Context, StatusCodes.Status401Unauthorized,
            "This API key is not known: send Authorization: Bearer with a key of Dashboard:Access:ApiKeys.");
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Refusal.ForbiddenAsync(Context);

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
