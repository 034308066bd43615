using Fintech.Embedded.Mongo.Commands;
using Fintech.Embedded.Mongo.Query;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Storage;

/// <summary>What an index is over: <c>{ v: 2, key: { merchant_name: 1 }, name: "merchant_name_1", unique: true }</c>.</summary>
internal sealed class IndexDefinition
{
    public static readonly IndexDefinition Id = new(new BsonDocument("_id", 1), "_id_", unique: true, sparse: false);

    private IndexDefinition(BsonDocument key, string name, bool unique, bool sparse)
    {
        (Key, Name, Unique, Sparse) = (key, name, unique, sparse);
        Paths = [.. key.Names.Select(FieldPath.Parse)];
    }

    public BsonDocument Key { get; }

    public string Name { get; }

    public bool Unique { get; }

    public bool Sparse { get; }

    public FieldPath[] Paths { get; }

    public static IndexDefinition Parse(BsonDocument specification)
    {
        var arguments = new Arguments("createIndexes.indexes", specification)
            .Allow("key", "name", "unique", "sparse", "v", "background", "ns");

        var key = arguments.RequiredDocument("key");
        if (key.ElementCount == 0 || key.Any(field => !field.Value.IsNumeric || field.Value.ToDouble() is not (1 or -1)))
            throw new CommandException(ErrorCode.CannotCreateIndex, $"The index key {key} is not supported by this server: only fields with 1 or -1 are.");

        return new IndexDefinition(key, arguments.RequiredText("name"), arguments.Flag("unique"), arguments.Flag("sparse"));
    }

    public bool SameAs(IndexDefinition other) => Key == other.Key && Unique == other.Unique && Sparse == other.Sparse;

    public BsonDocument ToDocument()
    {
        var document = new BsonDocument { { "v", 2 }, { "key", Key }, { "name", Name } };
        if (Unique && Name != Id.Name)
            document.Add("unique", true);

        if (Sparse)
            document.Add("sparse", true);

        return document;
    }
}
