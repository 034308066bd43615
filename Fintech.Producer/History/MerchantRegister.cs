using Fintech.Producer.Simulation;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Fintech.Producer.History;

/// <summary>The collection <c>merchants</c>: <c>{ merchant_name: "Harbor Market", category: "Groceries" }</c>.</summary>
internal sealed class MerchantRegister(IMongoDatabase database)
{
    private const string NameField = "merchant_name";
    private const string CategoryField = "category";

    private readonly IMongoCollection<BsonDocument> merchants = database.GetCollection<BsonDocument>("merchants");

    /// <summary>Whether it holds a merchant that is not of this world; an earlier attempt of ours may have left a part of it.</summary>
    public Task<bool> IsForeignAsync(World world, CancellationToken cancellationToken) =>
        merchants.Find(Builders<BsonDocument>.Filter.Nin(NameField, world.Merchants.Select(merchant => merchant.Name))).AnyAsync(cancellationToken);

    /// <summary>Adds what is missing and changes nothing that is there, so that it can be repeated after a crash.</summary>
    public async Task FillAsync(World world, CancellationToken cancellationToken)
    {
        var unique = new CreateIndexModel<BsonDocument>(
            Builders<BsonDocument>.IndexKeys.Ascending(NameField), new CreateIndexOptions { Name = "merchant_name_unique", Unique = true });
        await merchants.Indexes.CreateOneAsync(unique, cancellationToken: cancellationToken);

        var upserts = world.Merchants.Select(merchant => new UpdateOneModel<BsonDocument>(
            Builders<BsonDocument>.Filter.Eq(NameField, merchant.Name),
            Builders<BsonDocument>.Update.SetOnInsert(CategoryField, merchant.Category.Name)) { IsUpsert = true });
        await merchants.BulkWriteAsync(upserts, new BulkWriteOptions { IsOrdered = false }, cancellationToken);
    }
}
