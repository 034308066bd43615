using Fintech.Embedded.Mongo.Auth;
using Fintech.Embedded.Mongo.Cursors;
using Fintech.Embedded.Mongo.Storage;
using Fintech.Embedded.Mongo.Wire;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Commands;

using Handler = Func<CommandContext, CancellationToken, Task<BsonDocument>>;

/// <summary>Every command there is, and the rules that hold for all of them.</summary>
internal sealed class CommandTable
{
    /// <summary>
    /// What may be asked before anybody has signed in: how to do so. The driver still sends just these as OP_QUERY.
    /// </summary>
    private static readonly HashSet<string> Open = ["hello", "isMaster", "ismaster", "saslStart", "saslContinue"];

    private readonly Dictionary<string, Handler> _handlers;
    private readonly bool _signInRequired;
    private readonly TextWriter _log;

    public CommandTable(Store store, CursorRegistry cursors, Credentials? credentials, TimeProvider time, TextWriter log)
    {
        var signIn = new SignIn(credentials);
        var handshake = new Handshake(signIn, time);
        var reads = new ReadCommands(store, cursors);
        var writes = new WriteCommands(store);
        var open = new CursorCommands(cursors);
        var catalog = new CatalogCommands(store, cursors);
        var indexes = new IndexCommands(store, cursors);

        _signInRequired = credentials is not null;
        _log = log;
        _handlers = new Dictionary<string, Handler>
        {
            ["hello"] = AtOnce(handshake.Hello),
            ["isMaster"] = AtOnce(handshake.IsMaster),
            ["ismaster"] = AtOnce(handshake.IsMaster),
            ["saslStart"] = AtOnce(signIn.Start),
            ["saslContinue"] = AtOnce(signIn.Continue),
            ["connectionStatus"] = AtOnce(Handshake.ConnectionStatus),
            ["ping"] = AtOnce(Handshake.Ping),
            ["buildInfo"] = AtOnce(Handshake.BuildInfo),
            ["buildinfo"] = AtOnce(Handshake.BuildInfo),
            ["endSessions"] = AtOnce(Handshake.EndSessions),

            ["find"] = AtOnce(reads.Find),
            ["count"] = AtOnce(reads.Count),
            ["aggregate"] = AtOnce(reads.Aggregate),
            ["getMore"] = AtOnce(open.GetMore),
            ["killCursors"] = AtOnce(open.KillCursors),

            ["insert"] = writes.InsertAsync,
            ["update"] = writes.UpdateAsync,
            ["delete"] = writes.DeleteAsync,

            ["listDatabases"] = AtOnce(catalog.ListDatabases),
            ["listCollections"] = AtOnce(catalog.ListCollections),
            ["create"] = catalog.CreateAsync,
            ["drop"] = catalog.DropAsync,
            ["dropDatabase"] = catalog.DropDatabaseAsync,

            ["listIndexes"] = AtOnce(indexes.ListIndexes),
            ["createIndexes"] = indexes.CreateIndexesAsync,
            ["dropIndexes"] = indexes.DropIndexesAsync,
        };
    }

    public IReadOnlyCollection<string> Names => _handlers.Keys;

    /// <summary>The answer to a command, be it a refusal.</summary>
    public async Task<BsonDocument> ExecuteAsync(Request request, Session session, CancellationToken cancellationToken)
    {
        try
        {
            var handler = Find(request, session);
            var answer = await handler(new CommandContext(request, session), cancellationToken);
            return answer.Add("ok", 1.0);
        }
        catch (CommandException e)
        {
            return e.ToReply();
        }
        catch (Exception e) when (e is not (OperationCanceledException or DataFolderException))
        {
            // A fault of ours. The client is told, and the server goes on.
            await _log.WriteLineAsync($"The command '{request.Command}' failed: {e}");
            return new CommandException(ErrorCode.InternalError, $"The command '{request.Command}' failed inside the server: {e.Message}").ToReply();
        }
    }

    private Handler Find(Request request, Session session)
    {
        var command = request.Command;
        if (!_handlers.TryGetValue(command, out var handler))
            throw new CommandException(ErrorCode.CommandNotFound, $"no such command: '{command}'");

        if (request.OpCode == OpCode.Query && !Open.Contains(command))
            throw new CommandException(ErrorCode.UnsupportedOpQueryCommand, $"Unsupported OP_QUERY command: {command}. The client driver may require an upgrade.");

        if (_signInRequired && session.User is null && !Open.Contains(command))
            throw new CommandException(ErrorCode.Unauthorized, $"Command {command} requires authentication");

        if (request.Body.Contains("txnNumber") || request.Body.Contains("startTransaction"))
            throw new CommandException(ErrorCode.IllegalOperation, "Transaction numbers are only allowed on a replica set member or mongos");

        if (request.Body.TryGetValue("writeConcern", out var concern)
            && concern is BsonDocument given
            && given.TryGetValue("w", out var nodes)
            && nodes.IsNumeric
            && nodes.ToDouble() > 1)
            throw new CommandException(ErrorCode.BadValue, "cannot use 'w' > 1 when a host is not replicated");

        return handler;
    }

    private static Handler AtOnce(Func<CommandContext, BsonDocument> handler) => (context, _) => Task.FromResult(handler(context));
}
