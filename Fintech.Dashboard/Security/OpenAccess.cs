using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Fintech.Dashboard.Security;

/// <summary>Everybody on this machine is <c>local</c> and may do everything. From other machines nobody gets in.</summary>
internal sealed class OpenAccess(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "open";

    private static readonly ClaimsPrincipal Everybody = new(new ClaimsIdentity(
        [new(ClaimTypes.NameIdentifier, "open"), new(ClaimTypes.Name, "local"), new(ClaimTypes.Role, Roles.Admin)],
        SchemeName, ClaimTypes.Name, ClaimTypes.Role));

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() =>
        Task.FromResult(Context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address)
            ? AuthenticateResult.Success(new AuthenticationTicket(Everybody, SchemeName))
            : AuthenticateResult.Fail("Open access is for this machine only."));

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) =>
        Refusal.WriteAsync(Context, StatusCodes.Status401Unauthorized,
            "This dashboard is open to its own machine only. For others set Dashboard:Access:Mode to Link or OpenIdConnect.");

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Refusal.ForbiddenAsync(Context);
}
