using System.Globalization;
using Npgsql;
using StackExchange.Redis;

namespace Fintech.Dashboard.Live;

/// <summary>
/// What cannot be reached at the moment, since when, and what still holds, in a sentence for the page. The cause itself is for
/// the log: it may name hosts and logins.
/// </summary>
internal sealed class LiveFaults
{
    private (string What, DateTimeOffset Since)? warehouse;
    private (string What, DateTimeOffset Since)? redis;
    private bool everRead;

    public string? Reason => (warehouse, redis) switch
    {
        ({ }, { } feed) => $"{WarehouseReason} {Sentence(feed)}",
        ({ }, null) => WarehouseReason,
        (null, { } feed) => $"{Sentence(feed)} The numbers are right; lag and new points are not known.",
        _ => null,
    };

    /// <summary>Why the numbers are old; null when they are not.</summary>
    public string? WarehouseReason => warehouse is { } store
        ? $"{Sentence(store)} {(everRead ? "The numbers are the last known ones." : "There are no numbers yet.")}"
        : null;

    /// <param name="fault">Null when it could be read.</param>
    /// <returns>True when this is news.</returns>
    public bool Warehouse(Exception? fault, DateTimeOffset now)
    {
        everRead |= fault is null;
        return Set(ref warehouse, fault is null ? null : DescribeWarehouse(fault), now);
    }

    /// <param name="fault">Null when it could be read.</param>
    /// <returns>True when this is news.</returns>
    public bool Redis(Exception? fault, DateTimeOffset now) => Set(ref redis, fault is null ? null : DescribeRedis(fault), now);

    private static bool Set(ref (string What, DateTimeOffset Since)? held, string? what, DateTimeOffset now)
    {
        if (held?.What == what)
            return false;

        held = what is null ? null : (what, held?.Since ?? now);
        return true;
    }

    private static string DescribeWarehouse(Exception fault) => fault switch
    {
        // Before the first migration neither database, role nor tables exist, and in its midst the rights are missing.
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.InvalidParameterValue
            or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedObject
            or PostgresErrorCodes.InsufficientPrivilege } => "Waiting for the warehouse: it is not set up yet",
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } =>
            "The warehouse refuses the dashboard's login",
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } => "The warehouse did not answer in time",
        PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow } => "The warehouse is starting up",
        TimeoutException or NpgsqlException { InnerException: TimeoutException } => "The warehouse did not answer in time",
        PostgresException or NpgsqlException => "The warehouse cannot be reached",
        _ => "What the warehouse holds cannot be understood, the dashboard's log says more",
    };

    private static string DescribeRedis(Exception fault) => fault switch
    {
        TimeoutException => "Redis did not answer in time",
        RedisServerException => "Redis refuses to be read",
        RedisException => "Redis cannot be reached",
        _ => "What Redis holds cannot be understood, the dashboard's log says more",
    };

    private static string Sentence((string What, DateTimeOffset Since) fault) =>
        string.Create(CultureInfo.InvariantCulture, $"{fault.What} (since {fault.Since.UtcDateTime:HH:mm:ss} UTC).");
}
