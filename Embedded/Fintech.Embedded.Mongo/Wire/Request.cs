using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Wire;

/// <summary>One command as it came over the wire: <c>{ insert: "merchants", $db: "merchants", … }</c> and its document sequences.</summary>
internal sealed class Request
{
    public required int Id { get; init; }

    public required OpCode OpCode { get; init; }

    public required BsonDocument Body { get; init; }

    public required string Database { get; init; }

    /// <summary>False for unacknowledged writes: the client does not wait, and must not find a reply in its way later.</summary>
    public bool ExpectsReply { get; init; } = true;

    /// <summary>
    /// Documents sent beside the body, by the name of the argument they stand for (<c>documents</c>, <c>updates</c>, <c>deletes</c>).
    /// </summary>
    public IReadOnlyDictionary<string, List<BsonDocument>> Sequences { get; init; } = new Dictionary<string, List<BsonDocument>>();

    public string Command => Body.GetElement(0).Name;
}
