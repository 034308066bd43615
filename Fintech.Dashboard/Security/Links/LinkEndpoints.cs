using Fintech.Dashboard.Security.SignIn;
using Microsoft.Extensions.Options;

namespace Fintech.Dashboard.Security.Links;

/// <summary>An admin lets a colleague, or a screen on the wall, in.</summary>
internal static partial class LinkEndpoints
{
    private const int MaxNameLength = 60;

    public static void MapLinks(this RouteGroupBuilder api) => api.MapPost("/links", Create)
        .RequireAuthorization(Policies.Admin)
        .WithTags("Access")
        .WithSummary("A sign-in link that works once, for a person or a screen of that name.")
        .Produces<LinkAnswer>()
        .ProducesProblem(StatusCodes.Status400BadRequest);

    private static IResult Create(HttpContext context, LinkRequest wanted, LinkStore links, IOptions<AccessOptions> access, TimeProvider time, ILogger<LinkStore> logger)
    {
        var name = wanted.Name?.Trim() ?? "";
        if (access.Value.Mode != AccessMode.Link)
            return Refused("Links are made only where Dashboard:Access:Mode is Link.");
        if (name.Length is 0 or > MaxNameLength || name.Any(char.IsControl))
            return Refused($"name must have 1 to {MaxNameLength} letters: it is written beside what its bearer does.");
        if (!Roles.Ascending.Contains(wanted.Role))
            return Refused($"role must be viewer, analyst or admin, and is '{wanted.Role}'.");

        var grant = new LinkGrant(name, wanted.Role!, time.GetUtcNow() + access.Value.LinkLifetime);
        var token = links.Issue(grant);
        LogMade(logger, context.User.Identity?.Name ?? "", grant.Role, name);
        return Results.Ok(new LinkAnswer($"{context.Request.Scheme}://{context.Request.Host}{SignInEndpoints.Path}?t={token}", grant.Role, name, grant.Expires));
    }

    private static IResult Refused(string sentence) => Results.Problem(sentence, statusCode: StatusCodes.Status400BadRequest);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Admin} made a sign-in link as {Role} for {Name}")]
    private static partial void LogMade(ILogger logger, string admin, string role, string name);
}

/// <param name="Role"><c>viewer</c>, <c>analyst</c> or <c>admin</c>.</param>
internal sealed record LinkRequest(string? Role, string? Name);

/// <param name="Address">To be opened once; whoever opens it first is in.</param>
internal sealed record LinkAnswer(string Address, string Role, string Name, DateTimeOffset Expires);
