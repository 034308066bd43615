using System.Runtime.CompilerServices;
using Fintech.Etl.Worker.Extract;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Fintech.Etl.Worker.Batch;

/// <summary>The documents of <c>Etl:Merchants:Collection</c>, in ascending order of <c>_id</c>.</summary>
internal delegate IAsyncEnumerable<BsonDocument> MerchantFeed(CancellationToken cancellationToken);

internal static class MongoMerchants
{
    public const string Database = "merchants";

    public static MerchantFeed Of(IMongoDatabase database, MerchantOptions options) => cancellationToken => ReadAsync(database, options, cancellationToken);

    /// <remarks>
    /// Raw documents: fields are decoded one by one where they are used, so that one odd document (a repeated field, text that
    /// is no UTF-8) is quarantined by itself, where decoding whole batches would fail the pass. Only what is needed is asked for.
    /// </remarks>
    private static async IAsyncEnumerable<BsonDocument> ReadAsync(
        IMongoDatabase database, MerchantOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var find = new FindOptions<RawBsonDocument>
        {
            Projection = new BsonDocument { [options.NameField] = 1, [options.CategoryField] = 1 },
            Sort = "{ _id: 1 }",
            BatchSize = 1_000,
        };
        using var cursor = await database.GetCollection<RawBsonDocument>(options.Collection)
            .FindAsync(FilterDefinition<RawBsonDocument>.Empty, find, cancellationToken);
        while (await cursor.MoveNextAsync(cancellationToken))
        {
            foreach (var document in cursor.Current)
            {
                using (document)
                    yield return document;
            }
        }
    }
}
