using System.Net;
using System.Threading.RateLimiting;
using Fintech.Dashboard.Security.Links;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Fintech.Dashboard.Security.SignIn;

/// <summary>Tries tokens, and counts the wrong ones of each address.</summary>
internal sealed partial class Door : IDisposable
{
    private readonly LinkStore links;
    private readonly AccessOptions access;
    private readonly TimeProvider time;
    private readonly ILogger<Door> logger;
    private readonly PartitionedRateLimiter<IPAddress> failures;

    public Door(LinkStore links, IOptions<AccessOptions> options, TimeProvider time, ILogger<Door> logger)
    {
        (this.links, access, this.time, this.logger) = (links, options.Value, time, logger);
        failures = PartitionedRateLimiter.Create<IPAddress, IPAddress>(address => RateLimitPartition.GetTokenBucketLimiter(Network(address), _ => new()
        {
            TokenLimit = access.Limits.FailedSignInsPerMinute,
            TokensPerPeriod = access.Limits.FailedSignInsPerMinute,
            ReplenishmentPeriod = TimeSpan.FromMinutes(1),
        }));
    }

    public AccessMode Mode => access.Mode;

    /// <summary>Who guesses is soon no longer listened to, even with the right token.</summary>
    public Attempt Try(string token, IPAddress? from)
    {
        from ??= IPAddress.None;
        if (failures.GetStatistics(from) is { CurrentAvailablePermits: <= 0 })
            return new(null, TooMany: true);
        if (access.Mode == AccessMode.Link && links.Redeem(token) is { } grant)
            return new(grant, TooMany: false);

        using var counted = failures.AttemptAcquire(from);
        LogRefused(logger, from);
        return new(null, TooMany: false);
    }

    public async Task SignInAsync(HttpContext context, string name, string role)
    {
        var principal = Sessions.PrincipalOf(name, role, access, time.GetUtcNow());
        await context.SignInAsync(Sessions.SchemeName, principal, new AuthenticationProperties { IsPersistent = true });
        LogSignedIn(logger, name, role, context.Connection.RemoteIpAddress);
    }

    public void Dispose() => failures.Dispose();

    // Who has one IPv6 address has 2^64 of them.
    private static IPAddress Network(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6)
            return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Name} signed in as {Role} from {Address}")]
    private static partial void LogSignedIn(ILogger logger, string name, string role, IPAddress? address);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A wrong, used or outdated sign-in token came from {Address}")]
    private static partial void LogRefused(ILogger logger, IPAddress address);
}

/// <param name="Grant">Null where the token was refused.</param>
/// <param name="TooMany">It was not even looked at.</param>
internal readonly record struct Attempt(LinkGrant? Grant, bool TooMany);
