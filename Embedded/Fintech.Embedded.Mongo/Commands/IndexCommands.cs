using Fintech.Embedded.Mongo.Cursors;
using Fintech.Embedded.Mongo.Storage;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Commands;

internal sealed class IndexCommands(Store store, CursorRegistry cursors)
{
    public async Task<BsonDocument> CreateIndexesAsync(CommandContext context, CancellationToken cancellationToken)
    {
        context.Arguments.Allow("createIndexes", "indexes", "commitQuorum");
        var name = context.Collection;
        var definitions = context.Documents("indexes").Select(IndexDefinition.Parse).ToArray();

        var answer = store.Write(writer =>
        {
            var created = writer.CreateCollection(name);
            var collection = writer.Find(name)!;
            var before = collection.Indexes.Count();
            CreateAll(writer, name, definitions);

            return new BsonDocument
            {
                { "numIndexesBefore", before },
                { "numIndexesAfter", collection.Indexes.Count() },
                { "createdCollectionAutomatically", created },
            };
        });

        await store.WhenDurable().WaitAsync(cancellationToken);
        return answer;
    }

    public async Task<BsonDocument> DropIndexesAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var wanted = context.Arguments.Allow("dropIndexes", "index").Required("index");
        var name = context.Collection;

        var before = store.Write(writer =>
        {
            var indexes = Existing(writer.Find(name), name);
            var dropped = wanted == "*"
                ? [.. indexes.Where(index => index.Name != IndexDefinition.Id.Name)]
                : indexes.Where(index => wanted == index.Name || wanted == index.Key).ToArray();

            if (dropped.Length == 0 && wanted != "*")
                throw new CommandException(ErrorCode.IndexNotFound, $"index not found with name or key [{wanted}]");

            if (dropped.Contains(IndexDefinition.Id))
                throw new CommandException(ErrorCode.InvalidOptions, "cannot drop _id index");

            foreach (var index in dropped)
                writer.DropIndex(name, index.Name);

            return indexes.Length;
        });

        await store.WhenDurable().WaitAsync(cancellationToken);
        return new BsonDocument("nIndexesWas", before);
    }

    public BsonDocument ListIndexes(CommandContext context)
    {
        var arguments = context.Arguments.Allow("listIndexes", "cursor");
        var name = context.Collection;
        var indexes = store.Inspect(catalog => Existing(catalog.Find(name), name));
        return cursors.Open(name.ToString(), indexes.Select(index => index.ToDocument()), CatalogCommands.BatchSize(arguments));
    }

    /// <summary>All of them or none: where one cannot be made, those made before it go again.</summary>
    private static void CreateAll(StoreWriter writer, Namespace name, IndexDefinition[] definitions)
    {
        var made = new List<IndexDefinition>();
        try
        {
            foreach (var definition in definitions)
            {
                if (writer.CreateIndex(name, definition))
                    made.Add(definition);
            }
        }
        catch (CommandException)
        {
            foreach (var definition in made)
                writer.DropIndex(name, definition.Name);

            throw;
        }
    }

    private static IndexDefinition[] Existing(Collection? collection, Namespace name) =>
        collection?.Indexes.ToArray() ?? throw new CommandException(ErrorCode.NamespaceNotFound, $"ns does not exist: {name}");
}
