using Fintech.Embedded.Mongo.Cursors;
using Fintech.Embedded.Mongo.Query;
using Fintech.Embedded.Mongo.Storage;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Commands;

/// <summary>Which databases and collections there are, and their coming and going.</summary>
internal sealed class CatalogCommands(Store store, CursorRegistry cursors)
{
    public async Task<BsonDocument> CreateAsync(CommandContext context, CancellationToken cancellationToken)
    {
        context.Arguments.Allow("create");
        var name = context.Collection;
        if (!store.Write(writer => writer.CreateCollection(name)))
            throw new CommandException(ErrorCode.NamespaceExists, $"Collection {name} already exists.");

        await store.WhenDurable().WaitAsync(cancellationToken);
        return [];
    }

    /// <summary>Dropping what is not there is no error since MongoDB 7.0.</summary>
    public async Task<BsonDocument> DropAsync(CommandContext context, CancellationToken cancellationToken)
    {
        context.Arguments.Allow("drop");
        var name = context.Collection;
        store.Write(writer =>
        {
            if (writer.Find(name) is not null)
                writer.DropCollection(name);
        });

        await store.WhenDurable().WaitAsync(cancellationToken);
        return new BsonDocument("ns", name.ToString());
    }

    public async Task<BsonDocument> DropDatabaseAsync(CommandContext context, CancellationToken cancellationToken)
    {
        context.Arguments.Allow("dropDatabase");
        var database = context.Request.Database;
        store.Write(writer =>
        {
            foreach (var name in writer.CollectionsOf(database))
                writer.DropCollection(name);
        });

        await store.WhenDurable().WaitAsync(cancellationToken);
        return new BsonDocument("dropped", database);
    }

    public BsonDocument ListCollections(CommandContext context)
    {
        var arguments = context.Arguments.Allow("listCollections", "filter", "nameOnly", "authorizedCollections", "cursor");
        var database = context.Request.Database;
        var filter = Filter.Parse(arguments.Document("filter"));
        var nameOnly = arguments.Flag("nameOnly");

        var collections = store.Inspect(catalog => catalog.Collections
            .Select(pair => pair.Key)
            .Where(name => name.Database == database)
            .ToArray());

        return cursors.Open(
            $"{database}.$cmd.listCollections",
            collections.Select(name => Describe(name, nameOnly)).Where(filter.Matches),
            BatchSize(arguments));
    }

    public BsonDocument ListDatabases(CommandContext context)
    {
        var arguments = context.Arguments.Allow("listDatabases", "filter", "nameOnly", "authorizedDatabases");
        var filter = Filter.Parse(arguments.Document("filter"));
        var nameOnly = arguments.Flag("nameOnly");

        var sizes = store.Inspect(catalog => catalog.Collections
            .GroupBy(pair => pair.Key.Database, pair => pair.Value.JournalBytes)
            .Select(sizes => (Name: sizes.Key, Bytes: sizes.Sum()))
            .ToArray());

        var described = sizes.Select(database => nameOnly
            ? new BsonDocument("name", database.Name)
            : new BsonDocument { { "name", database.Name }, { "sizeOnDisk", database.Bytes }, { "empty", false } });

        return new BsonDocument
        {
            { "databases", new BsonArray(described.Where(filter.Matches)) },
            { "totalSize", sizes.Sum(database => database.Bytes) },
        };
    }

    public static int BatchSize(Arguments arguments) =>
        new Arguments("cursor", arguments.Document("cursor")).Allow("batchSize").Count("batchSize", int.MaxValue);

    private static BsonDocument Describe(Namespace name, bool nameOnly)
    {
        var document = new BsonDocument { { "name", name.Collection }, { "type", "collection" } };
        return nameOnly ? document : document.Merge(new BsonDocument
        {
            { "options", new BsonDocument() },
            { "info", new BsonDocument("readOnly", false) },
            { "idIndex", IndexDefinition.Id.ToDocument() },
        });
    }
}
