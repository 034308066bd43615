using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;

namespace Fintech.Dashboard.Security;

/// <summary>Roles, each of which may do all that the one before it may: claims of type <see cref="ClaimTypes.Role"/>.</summary>
internal static class Roles
{
    public const string Viewer = "viewer";
    public const string Analyst = "analyst";
    public const string Admin = "admin";

    /// <summary>Least first.</summary>
    public static readonly IReadOnlyList<string> Ascending = [Viewer, Analyst, Admin];

    /// <returns>The highest role of the user; null where none is ours.</returns>
    public static string? Of(ClaimsPrincipal user) => Ascending.LastOrDefault(user.IsInRole);
}

/// <summary>What an endpoint, a hub or a method of it asks for: <c>[Authorize(Policies.Analyst)]</c>, <c>.RequireAuthorization(Policies.Admin)</c>.</summary>
internal static class Policies
{
    /// <summary>See everything the page shows. What names no policy asks for this one.</summary>
    public const string Viewer = "viewer";

    /// <summary>Also work on alerts.</summary>
    public const string Analyst = "analyst";

    /// <summary>Also command the pipeline.</summary>
    public const string Admin = "admin";

    public static void Add(AuthorizationBuilder authorization)
    {
        foreach (var (place, role) in Roles.Ascending.Index())
            authorization.AddPolicy(role, policy => policy.RequireRole(Roles.Ascending.Skip(place)));

        // Also what is no endpoint, as a file, or an address that does not exist: nothing is open because somebody forgot it.
        var least = new AuthorizationPolicyBuilder().RequireRole(Roles.Ascending).Build();
        authorization.SetDefaultPolicy(least).SetFallbackPolicy(least);
    }
}
