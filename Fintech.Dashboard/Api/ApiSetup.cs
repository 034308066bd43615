using Fintech.Dashboard.Api.Transactions;
using Fintech.Dashboard.Security;
using Fintech.Dashboard.Security.Links;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.Extensions.Options;

namespace Fintech.Dashboard.Api;

internal static class ApiSetup
{
    public const string Prefix = "/api";

    /// <summary>The read API and what the page asks of the server: errors are problem details.</summary>
    public static void AddApi(this IHostApplicationBuilder builder)
    {
        builder.Services.AddProblemDetails(problems => problems.CustomizeProblemDetails = Problems.Complete);

        // A parameter that cannot be read is an exception with a sentence, also in production.
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        builder.Services.AddOpenApi(ApiDocument.Configure);
        builder.Services.AddSingleton<TransactionReader>();
    }

    /// <summary>Everything below <c>/api</c>; to read asks for <see cref="Policies.Viewer"/>, what writes names a higher policy itself.</summary>
    public static RouteGroupBuilder MapApi(this WebApplication app)
    {
        app.UseWhen(context => context.Request.Path.StartsWithSegments(Prefix), api =>
        {
            api.Use((context, next) =>
            {
                context.Response.Headers.CacheControl = "no-store";    // Where an endpoint says nothing else, as those with an ETag do.
                return next(context);
            });
            api.UseExceptionHandler(Problems.Handler);
            api.UseStatusCodePages(context => Problems.AnswerAsync(context.HttpContext));
        });

        var group = app.MapGroup(Prefix).RequireAuthorization(Policies.Viewer).TellWarehouseAway();
        group.MapOpenApi("/openapi.json");
        group.MapGet("/me", MeAsync).WithSummary("Who asks, and what he may do.").WithTags("Access");
        group.MapGet("/csrf", Csrf).WithSummary("The token that this session sends with every write, as X-CSRF-Token.").WithTags("Access");
        group.MapLinks();
        group.MapTransactions();
        return group;
    }

    private static Me MeAsync(HttpContext context, IOptions<AccessOptions> access) =>
        new(context.User.Identity?.Name ?? "", Roles.Of(context.User) ?? "", access.Value.Mode.ToString());

    private static CsrfToken Csrf(HttpContext context, IAntiforgery antiforgery)
    {
        var token = antiforgery.GetAndStoreTokens(context).RequestToken ?? "";
        context.Response.Headers.CacheControl = "no-store";
        return new(WriteGuard.Header, token);
    }
}

/// <summary>Who asks.</summary>
/// <param name="Role"><c>viewer</c>, <c>analyst</c> or <c>admin</c>.</param>
/// <param name="Mode"><c>Link</c>, <c>OpenIdConnect</c> or <c>Open</c>.</param>
internal sealed record Me(string Name, string Role, string Mode);

internal sealed record CsrfToken(string Header, string Token);
