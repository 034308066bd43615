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

    /// <summary>
    /// The bytes to store: whole BSON of a permitted size, <c>_id</c> in front and made up where missing.
    /// </summary>
    public static byte[] Encode(BsonDocument document)
    {
        var whole = document is RawBsonDocument raw ? Unfold(raw) : document;

        if (!whole.TryGetValue("_id", out var id))
            id = ObjectId.GenerateNewId();
        else if (id is BsonArray or BsonRegularExpression or BsonUndefined)
            throw new CommandException(ErrorCode.BadValue, $"The '_id' value cannot be of type {id.BsonType}");

        if (whole.ElementCount == 0 || whole.GetElement(0).Name != "_id")
        {
            whole = new BsonDocument("_id", id).Merge(whole);
            document = whole;
        }

        var bson = BytesOf(document);
        if (bson.Length > Limits.DocumentBytes)
            throw new CommandException(ErrorCode.BSONObjectTooLarge, $"object to insert too large. size in bytes: {bson.Length}, max size: {Limits.DocumentBytes}");

        return bson;
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

    /// <summary>Reads every field down to the last: bytes that only look like BSON must not come to rest here.</summary>
    private static BsonDocument Unfold(RawBsonDocument raw)
    {
        try
        {
            return raw.Materialize(new());
        }
        catch (Exception e)
        {
            throw new CommandException(ErrorCode.InvalidBSON, $"A document is not valid BSON: {e.Message}");
        }
    }
}
