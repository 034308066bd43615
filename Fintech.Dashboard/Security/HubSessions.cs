using System.Collections.Concurrent;
using System.Security.Claims;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;

namespace Fintech.Dashboard.Security;

/// <summary>The hub connections of each session: who signs out is cut off at once, and who calls too often is told so.</summary>
internal sealed class HubSessions(IOptions<AccessOptions> options) : IHubFilter
{
    private readonly ConcurrentDictionary<string, Connection> connections = new(StringComparer.Ordinal);

    public void Close(ClaimsPrincipal user)
    {
        if (Sessions.IdOf(user) is not { } session)
            return;
        foreach (var connection in connections.Values.Where(connection => connection.Session == session))
            connection.Caller.Abort();
    }

    public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        if (connections.TryGetValue(invocationContext.Context.ConnectionId, out var connection))
        {
            connection.Calls.TryReplenish();
            using var lease = connection.Calls.AttemptAcquire();
            if (!lease.IsAcquired)
                throw new HubException("You call more often than this server answers one page: wait a second.");
        }

        return await next(invocationContext);
    }

    public Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        var perSecond = options.Value.Limits.HubCallsPerSecond;
        var calls = new TokenBucketRateLimiter(new()
        {
            TokenLimit = perSecond * 2,
            TokensPerPeriod = perSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            AutoReplenishment = false,    // No timer for each page: it is filled up when it is asked.
        });
        connections[context.Context.ConnectionId] = new(Sessions.IdOf(context.Context.User ?? new()), context.Context, calls);
        return next(context);
    }

    public async Task OnDisconnectedAsync(HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next)
    {
        if (connections.TryRemove(context.Context.ConnectionId, out var connection))
            await connection.Calls.DisposeAsync();
        await next(context, exception);
    }

    private sealed record Connection(string? Session, HubCallerContext Caller, TokenBucketRateLimiter Calls);
}
