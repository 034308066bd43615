using Fintech.Embedded.Mongo.Auth;
using Fintech.Embedded.Mongo.Storage;
using Fintech.Embedded.Mongo.Wire;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Commands;

/// <summary>One command on its way: what was asked, and on which connection.</summary>
internal sealed record CommandContext(Request Request, Session Session)
{
    public Arguments Arguments => new(Request.Command, Request.Body);

    /// <summary>The collection the command names with its first field: <c>{ find: "merchants", … }</c>.</summary>
    public Namespace Collection => Namespace.Checked(Request.Database, Arguments.RequiredText(Request.Command));

    /// <summary>Documents of an argument that may stand in the body or, as drivers do with many, beside it.</summary>
    public IReadOnlyList<BsonDocument> Documents(string name)
    {
        if (Request.Sequences.TryGetValue(name, out var sequence))
            return sequence;

        var documents = Arguments.RequiredArray(name);
        return documents.All(document => document is BsonDocument)
            ? [.. documents.Cast<BsonDocument>()]
            : throw new CommandException(ErrorCode.TypeMismatch, $"BSON field '{Request.Command}.{name}' must hold objects only");
    }
}
