using System.Text;
using Fintech.Embedded.Mongo.Commands;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Auth;

/// <summary><c>saslStart</c> and <c>saslContinue</c>, and the short cut by which a hello carries the first of them.</summary>
internal sealed class SignIn(Credentials? credentials)
{
    public const string Mechanism = "SCRAM-SHA-256";

    /// <summary>The database whose users may sign in: <c>authSource=admin</c>.</summary>
    private const string AuthSource = "admin";

    public BsonDocument Start(CommandContext context) =>
        Start(context.Session, context.Arguments, context.Request.Database);

    /// <summary>
    /// The first step sent along with a hello. Where it does not succeed the hello is answered all the same, without it: the client
    /// then asks by itself and is told why not.
    /// </summary>
    public BsonDocument? StartEarly(Session session, BsonDocument speculative)
    {
        try
        {
            var arguments = new Arguments("speculativeAuthenticate", speculative);
            return Start(session, arguments, arguments.Text("db") ?? AuthSource);
        }
        catch (CommandException)
        {
            return null;
        }
    }

    public BsonDocument Continue(CommandContext context)
    {
        var arguments = context.Arguments.Allow("saslContinue", "conversationId", "payload");
        var session = context.Session;

        if (session.Conversation is not { } conversation || arguments.Required("conversationId") != Session.ConversationId)
            throw new CommandException(ErrorCode.ProtocolError, "No SASL session state found");

        // The exchange of empty messages at the end, for clients that did not ask to skip it.
        if (session.IsProven)
            return Finish(session);

        if (conversation.Finish(Payload(arguments)) is not { } answer)
            throw Failed(session);

        session.IsProven = true;
        return session.SkipsEmptyExchange ? Finish(session, answer) : Step(answer, done: false);
    }

    /// <summary>Which mechanisms a user may sign in with: the driver asks before it chooses, and would fall back to SHA-1.</summary>
    public BsonArray? MechanismsOf(string user) =>
        credentials is not null && user == $"{AuthSource}.{credentials.Username}" ? [Mechanism] : null;

    private BsonDocument Start(Session session, Arguments arguments, string database)
    {
        arguments.Allow("saslStart", "mechanism", "payload", "options", "autoAuthorize", "db");

        if (arguments.RequiredText("mechanism") is var mechanism && mechanism != Mechanism)
            throw new CommandException(ErrorCode.MechanismUnavailable, $"Received authentication for mechanism {mechanism}, which is not enabled");

        session.SignOut();

        if (credentials is null || database != AuthSource)
            throw Failed(session);

        var conversation = new ScramConversation(credentials);
        if (conversation.Begin(Payload(arguments)) is not { } answer)
            throw Failed(session);

        session.Conversation = conversation;
        session.SkipsEmptyExchange = new Arguments("saslStart.options", arguments.Document("options")).Flag("skipEmptyExchange");
        return Step(answer, done: false);
    }

    private BsonDocument Finish(Session session, string answer = "")
    {
        session.Conversation = null;
        session.User = credentials!.Username;
        return Step(answer, done: true);
    }

    private static BsonDocument Step(string payload, bool done) => new()
    {
        { "conversationId", Session.ConversationId },
        { "done", done },
        { "payload", new BsonBinaryData(Encoding.UTF8.GetBytes(payload)) },
    };

    private static string Payload(Arguments arguments) => arguments.Required("payload") switch
    {
        BsonBinaryData bytes => Encoding.UTF8.GetString(bytes.Bytes),
        BsonString text => text.Value,
        _ => throw new CommandException(ErrorCode.TypeMismatch, "A SASL payload must be binary data or a string"),
    };

    private static CommandException Failed(Session session)
    {
        session.SignOut();
        return new CommandException(ErrorCode.AuthenticationFailed, "Authentication failed.");
    }
}
