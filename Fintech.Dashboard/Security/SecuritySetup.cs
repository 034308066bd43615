using Microsoft.AspNetCore.Authentication;

namespace Fintech.Dashboard.Security;

internal static class SecuritySetup
{
    /// <summary>Who somebody is and what he may do.</summary>
    public static void AddSecurity(this IHostApplicationBuilder builder)
    {
        builder.Services.AddAuthentication(OpenAccess.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, OpenAccess>(OpenAccess.SchemeName, null);
        Policies.Add(builder.Services.AddAuthorizationBuilder());
    }

    public static void UseSecurity(this WebApplication app)
    {
        app.UseSecurityHeaders();
        app.UseOriginCheck();
        app.UseAuthentication();
        app.UseAuthorization();
    }
}
