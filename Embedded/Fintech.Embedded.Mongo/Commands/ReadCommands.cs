using Fintech.Embedded.Mongo.Aggregation;
using Fintech.Embedded.Mongo.Cursors;
using Fintech.Embedded.Mongo.Query;
using Fintech.Embedded.Mongo.Storage;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Commands;

/// <summary>
/// <c>find</c>, <c>count</c> and <c>aggregate</c>. Each sees the documents as they were when it began, however long it takes.
/// </summary>
internal sealed class ReadCommands(Store store, CursorRegistry cursors)
{
    public BsonDocument Find(CommandContext context)
    {
        var arguments = context.Arguments.Allow(
            "find", "filter", "sort", "projection", "skip", "limit", "batchSize", "singleBatch",
            "allowDiskUse", "allowPartialResults", "noCursorTimeout");

        var name = context.Collection;
        var filter = Filter.Parse(arguments.Document("filter"));
        var sorting = Sorting.Parse(arguments.Document("sort"));
        var projection = Projection.Parse(arguments.Document("projection"));
        var limit = arguments.Count("limit", otherwise: 0);

        var documents = Documents(name, filter).Where(filter.Matches);
        documents = sorting?.Apply(documents) ?? documents;
        documents = documents.Skip(arguments.Count("skip", otherwise: 0));
        documents = limit == 0 ? documents : documents.Take(limit);
        documents = projection is null ? documents : documents.Select(projection.Apply);

        var batchSize = arguments.Count("batchSize", CursorRegistry.DefaultFirstBatch);
        return cursors.Open(name.ToString(), documents, batchSize, arguments.Flag("singleBatch"));
    }

    public BsonDocument Count(CommandContext context)
    {
        var arguments = context.Arguments.Allow("count", "query", "limit", "skip");
        var name = context.Collection;
        var filter = Filter.Parse(arguments.Document("query"));
        var limit = arguments.Count("limit", otherwise: 0);

        long count = filter.MatchesEverything
            ? store.Inspect(catalog => catalog.Find(name)?.Count ?? 0)
            : Documents(name, filter).LongCount(filter.Matches);

        count = Math.Max(0, count - arguments.Count("skip", otherwise: 0));
        return new BsonDocument("n", NumberSum.Narrow(limit == 0 ? count : Math.Min(count, limit)));
    }

    public BsonDocument Aggregate(CommandContext context)
    {
        var arguments = context.Arguments.Allow("aggregate", "pipeline", "cursor", "allowDiskUse", "bypassDocumentValidation");
        var name = context.Collection;
        var pipeline = Pipeline.Parse(arguments.RequiredArray("pipeline"));
        var cursor = new Arguments("aggregate.cursor", arguments.RequiredDocument("cursor")).Allow("batchSize");

        var documents = pipeline.Run(Documents(name, pipeline.LeadingFilter));
        return cursors.Open(name.ToString(), documents, cursor.Count("batchSize", CursorRegistry.DefaultFirstBatch));
    }

    private IEnumerable<BsonDocument> Documents(Namespace name, Filter? filter) =>
        store.Read(name, filter).Select(bson => new RawBsonDocument(bson));
}
