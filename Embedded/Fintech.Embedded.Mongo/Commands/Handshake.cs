using Fintech.Embedded.Mongo.Auth;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Commands;

/// <summary>What a driver asks of a server before and beside its work.</summary>
internal sealed class Handshake(SignIn signIn, TimeProvider time)
{
    /// <summary>The wire protocol of MongoDB 7.0. From 8.0 on (25) drivers would send <c>bulkWrite</c>, which is not here.</summary>
    private const int WireVersion = 21;

    private const string Version = "7.0.0";

    public BsonDocument Hello(CommandContext context) => Describe(context, "isWritablePrimary");

    /// <summary>The same under its first name, with which every connection begins.</summary>
    public BsonDocument IsMaster(CommandContext context) => Describe(context, "ismaster");

    public static BsonDocument Ping(CommandContext _) => [];

    /// <summary>No session is ever offered, so there is nothing to end.</summary>
    public static BsonDocument EndSessions(CommandContext _) => [];

    public static BsonDocument BuildInfo(CommandContext _) => new()
    {
        { "version", Version },
        { "versionArray", new BsonArray { 7, 0, 0, 0 } },
        { "gitVersion", "none" },
        { "modules", new BsonArray { "Fintech.Embedded.Mongo" } },
        { "bits", 64 },
        { "debug", false },
        { "maxBsonObjectSize", Limits.DocumentBytes },
    };

    public static BsonDocument ConnectionStatus(CommandContext context)
    {
        var user = context.Session.User;
        var users = user is null ? new BsonArray() : [new BsonDocument { { "user", user }, { "db", "admin" } }];
        var roles = user is null ? new BsonArray() : [new BsonDocument { { "role", "root" }, { "db", "admin" } }];
        return new BsonDocument("authInfo", new BsonDocument { { "authenticatedUsers", users }, { "authenticatedUserRoles", roles } });
    }

    /// <summary>
    /// A standalone server. There is no <c>topologyVersion</c>, so that drivers poll instead of waiting for changes there are none of,
    /// and no <c>logicalSessionTimeoutMinutes</c>, since sessions and transactions are not served.
    /// </summary>
    private BsonDocument Describe(CommandContext context, string primary)
    {
        var asked = context.Arguments;
        var answer = new BsonDocument
        {
            { primary, true },
            { "helloOk", true },
            { "maxBsonObjectSize", Limits.DocumentBytes },
            { "maxMessageSizeBytes", Limits.MessageBytes },
            { "maxWriteBatchSize", Limits.WriteBatch },
            { "localTime", new BsonDateTime(time.GetUtcNow().UtcDateTime) },
            { "connectionId", context.Session.ConnectionId },
            { "minWireVersion", 0 },
            { "maxWireVersion", WireVersion },
            { "readOnly", false },
        };

        if (asked.Text("saslSupportedMechs") is { } user && signIn.MechanismsOf(user) is { } mechanisms)
            answer.Add("saslSupportedMechs", mechanisms);

        if (asked.Document("speculativeAuthenticate") is { ElementCount: > 0 } first && signIn.StartEarly(context.Session, first) is { } step)
            answer.Add("speculativeAuthenticate", step);

        return answer;
    }
}
