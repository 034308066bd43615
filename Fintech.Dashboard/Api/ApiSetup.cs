using Fintech.Dashboard.Security;

namespace Fintech.Dashboard.Api;

internal static class ApiSetup
{
    /// <summary>The read API and what the page asks of the server: errors are problem details.</summary>
    public static void AddApi(this IHostApplicationBuilder builder) => builder.Services.AddProblemDetails();

    /// <summary>Everything below <c>/api</c>; to read asks for <see cref="Policies.Viewer"/>, what writes names a higher policy itself.</summary>
    public static RouteGroupBuilder MapApi(this WebApplication app)
    {
        var api = app.MapGroup("/api").RequireAuthorization(Policies.Viewer);
        api.MapGet("/me", (HttpContext context) => new Me(context.User.Identity?.Name ?? "", Roles.Of(context.User) ?? ""));
        return api;
    }
}

/// <summary>Who asks.</summary>
/// <param name="Role"><c>viewer</c>, <c>analyst</c> or <c>admin</c>.</param>
internal sealed record Me(string Name, string Role);
