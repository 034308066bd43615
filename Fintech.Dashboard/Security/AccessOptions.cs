using System.Security.Cryptography;
using System.Text;

namespace Fintech.Dashboard.Security;

/// <summary>How somebody gets in.</summary>
internal enum AccessMode
{
    /// <summary>By a link that works once, printed at the start or made by an admin.</summary>
    Link,

    /// <summary>Through the OpenID Connect provider of the company.</summary>
    OpenIdConnect,

    /// <summary>Everybody on this machine is admin.</summary>
    Open,
}

/// <summary>Section <c>Dashboard:Access</c>.</summary>
internal sealed class AccessOptions
{
    public const string Section = "Dashboard:Access";

    public AccessMode Mode { get; set; } = AccessMode.Link;

    /// <summary>What browsers call this server, for links and the names of cookies; by default the first address it listens on.</summary>
    public Uri? Address { get; set; }

    /// <summary>
    /// Holds the keys of the cookies and the open links, so that both outlive a restart. Replicas of one dashboard share it; dashboards
    /// that are strangers to each other must not. By default a folder of the user, with the port in its name.
    /// </summary>
    public string? KeysFolder { get; set; }

    /// <summary>From sign-in to the end of the cookie. With links it counts anew with use: a screen on the wall stays signed in.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromDays(3);

    /// <summary>Role of the printed link; by default admin where the address is of this machine only, else viewer.</summary>
    public string? LinkRole { get; set; }

    /// <summary>Who signs in by the printed link: it is written beside what he does.</summary>
    public string LinkName { get; set; } = Environment.UserName;

    public TimeSpan LinkLifetime { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Token of the first link, where whoever starts the dashboard wants to show the link himself. Works once, too.</summary>
    public string? LinkToken { get; set; }

    /// <summary>Keys of programs, by name.</summary>
    public Dictionary<string, ApiKeyOptions> ApiKeys { get; set; } = new(StringComparer.Ordinal);

    /// <summary>Addresses or networks (<c>10.0.0.0/8</c>) of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.</summary>
    public string[] KnownProxies { get; set; } = [];

    public LimitOptions Limits { get; set; } = new();

    public OpenIdConnectAccess OpenIdConnect { get; set; } = new();

    /// <summary>In every cookie: one that was given under another mode, or under other rules for roles, counts no more.</summary>
    public string Fingerprint => field ??= $"{Mode}:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Mode switch
    {
        AccessMode.Link => LinkRole ?? "",
        AccessMode.OpenIdConnect => OpenIdConnect.Rules,
        _ => "",
    })).AsSpan(0, 6))}";
}

internal sealed class ApiKeyOptions
{
    public string Key { get; set; } = "";

    public string Role { get; set; } = Roles.Viewer;
}

/// <summary>How often somebody may ask. Who asks more is told 429 and when to ask again.</summary>
internal sealed class LimitOptions
{
    /// <summary>Wrong tokens from one address.</summary>
    public int FailedSignInsPerMinute { get; set; } = 10;

    /// <summary>Of one user, with bursts of ten times as many.</summary>
    public int ReadsPerSecond { get; set; } = 30;

    /// <summary>Of one user, with bursts of ten times as many.</summary>
    public int WritesPerSecond { get; set; } = 5;

    /// <summary>Calls of one hub connection, with bursts of twice as many.</summary>
    public int HubCallsPerSecond { get; set; } = 10;
}

/// <summary>Section <c>Dashboard:Access:OpenIdConnect</c>.</summary>
internal sealed class OpenIdConnectAccess
{
    public Uri? Authority { get; set; }

    public string ClientId { get; set; } = "";

    public string? ClientSecret { get; set; }

    /// <summary>Beside <c>openid</c> and <c>profile</c>.</summary>
    public string[] Scopes { get; set; } = [];

    public string NameClaim { get; set; } = "preferred_username";

    /// <summary>The claim of the ID token that says what somebody is.</summary>
    public string RoleClaim { get; set; } = "roles";

    /// <summary>Values of the claim that make a viewer, an analyst, an admin: <c>Roles:analyst:0=fraud-team</c>.</summary>
    public Dictionary<string, string[]> Roles { get; set; } = new(StringComparer.Ordinal);

    /// <summary>What decides who is what.</summary>
    internal string Rules => string.Join('\n', [
        $"{Authority}", ClientId, NameClaim, RoleClaim,
        .. Roles.OrderBy(role => role.Key, StringComparer.Ordinal).Select(role => $"{role.Key}={string.Join(',', role.Value.Order(StringComparer.Ordinal))}")]);
}
