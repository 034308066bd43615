using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;

namespace Fintech.Dashboard.Security;

/// <summary>A page out of order, or a script in a loop, must not cost the others their numbers: the warehouse has one pool of connections.</summary>
internal static class RateLimits
{
    private const int Burst = 10;

    public static void Configure(RateLimiterOptions limiter, LimitOptions limits)
    {
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
        {
            var path = context.Request.Path;
            var isWrite = WriteGuard.IsWrite(context.Request.Method);
            if (!path.StartsWithSegments("/api") && !(isWrite && !path.StartsWithSegments("/hubs")))
                return RateLimitPartition.GetNoLimiter("");

            var perSecond = isWrite ? limits.WritesPerSecond : limits.ReadsPerSecond;
            return RateLimitPartition.GetTokenBucketLimiter($"{(isWrite ? "write" : "read")}:{WhoIs(context)}", _ => new()
            {
                TokenLimit = perSecond * Burst,
                TokensPerPeriod = perSecond,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            });
        });
        limiter.OnRejected = (context, _) =>
        {
            var wait = context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? Math.Max(1, Math.Ceiling(after.TotalSeconds)) : 1;
            context.HttpContext.Response.Headers.RetryAfter = wait.ToString(CultureInfo.InvariantCulture);
            return new ValueTask(Refusal.WriteAsync(context.HttpContext, StatusCodes.Status429TooManyRequests,
                string.Create(CultureInfo.InvariantCulture, $"You ask more often than this server answers one user: wait {wait} s.")));
        };
    }

    /// <summary>The session; who has none, and with open access everybody has the same, is known by his address.</summary>
    private static string WhoIs(HttpContext context) =>
        context.User.Identity is { IsAuthenticated: true, AuthenticationType: not OpenAccess.SchemeName } && Sessions.IdOf(context.User) is { } id
            ? id
            : $"{context.Connection.RemoteIpAddress}";
}
