using Fintech.Embedded.Mongo.Commands;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Storage;

/// <summary>
/// A document at rest: its BSON and nothing else, which is a fifth of what it takes up unfolded. The bytes never change;
/// an update puts others in their place, so that whoever still reads them is not disturbed.
/// </summary>
internal sealed class StoredDocument(byte[] bson, int position)
{
    public byte[] Bson { get; set; } = bson;

    /// <summary>The place in the collection's natural order.</summary>
    public int Position { get; set; } = position;

    public RawBsonDocument Open() => new(Bson);

    /// <summary>The bytes to store: of a permitted size, <c>_id</c> in front and made up where missing.</summary>
    public static byte[] Encode(BsonDocument document)
    {
        if (!document.TryGetValue("_id", out var id))
            id = ObjectId.GenerateNewId();
        else if (id is BsonArray or BsonRegularExpression or BsonUndefined)
            throw new CommandException(ErrorCode.BadValue, $"The '_id' value cannot be of type {id.BsonType}");

        if (document.ElementCount == 0 || document.GetElement(0).Name != "_id")
            document = new BsonDocument("_id", id).Merge(document);

        var bson = BytesOf(document);
        if (bson.Length > Limits.DocumentBytes)
            throw new CommandException(ErrorCode.BSONObjectTooLarge, $"object to insert too large. size in bytes: {bson.Length}, max size: {Limits.DocumentBytes}");

        return bson;
    }

    /// <summary>Reads every field down to the last: a value that only looks like one, text that is no UTF-8, is found here.</summary>
    public static BsonDocument Unfold(BsonDocument document)
    {
        if (document is not RawBsonDocument raw)
            return document;

        try
        {
            return raw.Materialize(new());
        }
        catch (Exception e)
        {
            throw new CommandException(ErrorCode.InvalidBSON, $"A document is not valid BSON: {e.Message}");
        }
    }

    public static byte[] BytesOf(BsonDocument document)
    {
        if (document is not RawBsonDocument raw)
            return document.ToBson();

        var slice = raw.Slice.AccessBackingBytes(0);
        return slice.Offset == 0 && slice.Count == slice.Array!.Length && slice.Count == raw.Slice.Length
            ? slice.Array
            : slice.AsSpan(0, raw.Slice.Length).ToArray();
    }
}
