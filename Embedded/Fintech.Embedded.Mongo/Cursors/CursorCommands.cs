using Fintech.Embedded.Mongo.Commands;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Cursors;

/// <summary><c>getMore</c> and <c>killCursors</c>.</summary>
internal sealed class CursorCommands(CursorRegistry cursors)
{
    public BsonDocument GetMore(CommandContext context)
    {
        var arguments = context.Arguments.Allow("getMore", "collection", "batchSize");
        if (arguments.Required("getMore") is not BsonInt64 id)
            throw new CommandException(ErrorCode.TypeMismatch, "BSON field 'getMore.getMore' must be a cursor id of type 'long'");

        var ns = $"{context.Request.Database}.{arguments.RequiredText("collection")}";
        var batchSize = arguments.Count("batchSize", otherwise: 0);
        return cursors.Continue(id.Value, ns, batchSize == 0 ? int.MaxValue : batchSize)
            ?? throw new CommandException(ErrorCode.CursorNotFound, $"cursor id {id.Value} not found");
    }

    public BsonDocument KillCursors(CommandContext context)
    {
        var arguments = context.Arguments.Allow("killCursors", "cursors");
        var ids = arguments.RequiredArray("cursors");
        if (ids.Any(id => id is not BsonInt64))
            throw new CommandException(ErrorCode.TypeMismatch, "BSON field 'killCursors.cursors' must hold cursor ids of type 'long' only");

        var closed = ids.ToLookup(id => cursors.Close(id.AsInt64));

        return new BsonDocument
        {
            { "cursorsKilled", new BsonArray(closed[true]) },
            { "cursorsNotFound", new BsonArray(closed[false]) },
            { "cursorsAlive", new BsonArray() },
            { "cursorsUnknown", new BsonArray() },
        };
    }
}
