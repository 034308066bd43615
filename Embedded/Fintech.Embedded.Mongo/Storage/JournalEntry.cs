using MongoDB.Bson;
using MongoDB.Bson.IO;
using MongoDB.Bson.Serialization;
using MongoDB.Bson.Serialization.Serializers;

namespace Fintech.Embedded.Mongo.Storage;

internal enum Change
{
    CreateCollection,
    DropCollection,
    CreateIndex,
    DropIndex,
    Insert,
    Replace,
    Delete,
}

/// <summary>
/// One change to one collection. In the journal it is BSON, which <c>bsondump</c> can read:
/// <c>{ op: "Insert", ns: "merchants.merchants", o: { _id: …, merchant_name: "Acme", category: "fuel" } }</c>.
/// <c>o</c> is the whole document, for <c>Delete</c> its <c>_id</c>, for an index its definition, otherwise empty.
/// </summary>
internal readonly record struct JournalEntry(Change Change, Namespace Namespace, RawBsonDocument Content)
{
    private static readonly RawBsonDocument Empty = new(new BsonDocument().ToBson());

    public static JournalEntry Of(Change change, Namespace name) => new(change, name, Empty);

    public static JournalEntry Of(Change change, Namespace name, BsonDocument content) => new(change, name, new RawBsonDocument(content.ToBson()));

    public static JournalEntry Of(Change change, Namespace name, byte[] content) => new(change, name, new RawBsonDocument(content));

    public void Write(Stream stream)
    {
        using var writer = new BsonBinaryWriter(stream);
        writer.WriteStartDocument();
        writer.WriteString("op", Change.ToString());
        writer.WriteString("ns", Namespace.ToString());
        writer.WriteName("o");
        BsonDocumentSerializer.Instance.Serialize(BsonSerializationContext.CreateRoot(writer), Content);
        writer.WriteEndDocument();
    }

    public static JournalEntry Read(RawBsonDocument document) =>
        new(Enum.Parse<Change>(document["op"].AsString), Namespace.Parse(document["ns"].AsString), (RawBsonDocument)document["o"].AsBsonDocument);
}
