using MongoDB.Bson;
using MongoDB.Driver;
using Xunit;

namespace Fintech.Tests.Embedded;

public sealed class MongoIndexTests : IAsyncLifetime
{
    private readonly MongoTestServer _server = new();
    private readonly IMongoCollection<BsonDocument> _merchants;

    public MongoIndexTests() => _merchants = _server.Collection;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_unique_index_refuses_a_second_of_the_same_name()
    {
        await CreateUniqueAsync("{ merchant_name: 1 }");
        await InsertAsync("{ _id: 1, merchant_name: 'Acme' }");

        var refusal = await Assert.ThrowsAsync<MongoWriteException>(() => InsertAsync("{ _id: 2, merchant_name: 'Acme' }"));

        Assert.Equal(ServerErrorCategory.DuplicateKey, refusal.WriteError.Category);
        Assert.Equal(11000, refusal.WriteError.Code);
        Assert.Contains("merchants.merchants index: merchant_name_1", refusal.WriteError.Message, StringComparison.Ordinal);
        Assert.Equal(1, await _merchants.CountDocumentsAsync(new BsonDocument(), cancellationToken: Token));
    }

    [Fact]
    public async Task The_refusal_tells_the_key_in_parts()
    {
        await CreateUniqueAsync("{ a: 1, b: -1 }");
        await InsertAsync("{ _id: 1, a: 1, b: 'x' }");

        var answer = await _server.Database.RunCommandAsync<BsonDocument>(
            BsonDocument.Parse("{ insert: 'merchants', documents: [{ _id: 2, a: 1.0, b: 'x' }] }"), cancellationToken: Token);

        var error = answer["writeErrors"][0].AsBsonDocument;
        Assert.Equal(BsonDocument.Parse("{ a: 1, b: -1 }"), error["keyPattern"]);
        Assert.Equal(BsonDocument.Parse("{ a: 1.0, b: 'x' }"), error["keyValue"]);
    }

    [Fact]
    public async Task An_update_cannot_take_the_key_of_another_document_and_leaves_its_own()
    {
        await CreateUniqueAsync("{ merchant_name: 1 }");
        await InsertAsync("{ _id: 1, merchant_name: 'Acme' }");
        await InsertAsync("{ _id: 2, merchant_name: 'Bistro' }");

        await Assert.ThrowsAsync<MongoWriteException>(() => _merchants.UpdateOneAsync(
            new BsonDocument("_id", 2), BsonDocument.Parse("{ $set: { merchant_name: 'Acme' } }"), cancellationToken: Token));
        await _merchants.UpdateOneAsync(new BsonDocument("_id", 2), BsonDocument.Parse("{ $set: { category: 'food' } }"), cancellationToken: Token);

        Assert.Equal("food", (await _merchants.Find(new BsonDocument("merchant_name", "Bistro")).SingleAsync(Token))["category"]);
        Assert.Equal(1, (await _merchants.Find(new BsonDocument("merchant_name", "Acme")).SingleAsync(Token))["_id"]);
    }

    [Fact]
    public async Task A_key_is_free_again_after_a_delete_or_a_change()
    {
        await CreateUniqueAsync("{ merchant_name: 1 }");
        await InsertAsync("{ _id: 1, merchant_name: 'Acme' }");
        await _merchants.UpdateOneAsync(new BsonDocument("_id", 1), BsonDocument.Parse("{ $set: { merchant_name: 'Bistro' } }"), cancellationToken: Token);
        await InsertAsync("{ _id: 2, merchant_name: 'Acme' }");
        await _merchants.DeleteOneAsync(new BsonDocument("_id", 2), Token);
        await InsertAsync("{ _id: 3, merchant_name: 'Acme' }");

        Assert.Equal(3, (await _merchants.Find(new BsonDocument("merchant_name", "Acme")).SingleAsync(Token))["_id"]);
    }

    [Fact]
    public async Task A_unique_index_is_not_made_over_duplicates()
    {
        await InsertAsync("{ _id: 1, merchant_name: 'Acme' }");
        await InsertAsync("{ _id: 2, merchant_name: 'Acme' }");

        var refusal = await Assert.ThrowsAsync<MongoCommandException>(() => CreateUniqueAsync("{ merchant_name: 1 }"));

        Assert.Equal(11000, refusal.Code);
        Assert.Equal(BsonDocument.Parse("{ merchant_name: 'Acme' }"), refusal.Result["keyValue"]);
        Assert.Equal(["_id_"], await IndexNamesAsync());
    }

    [Fact]
    public async Task A_missing_field_counts_as_null_unless_the_index_is_sparse()
    {
        await CreateUniqueAsync("{ a: 1 }");
        await CreateUniqueAsync("{ b: 1 }", sparse: true);
        await InsertAsync("{ _id: 1, a: 1 }");
        await InsertAsync("{ _id: 2 }");

        await Assert.ThrowsAsync<MongoWriteException>(() => InsertAsync("{ _id: 3, b: 5 }"));
        Assert.Equal(2, await _merchants.CountDocumentsAsync(new BsonDocument("b", BsonNull.Value), cancellationToken: Token));
        Assert.Equal(2, (await _merchants.Find(new BsonDocument("a", BsonNull.Value)).SingleAsync(Token))["_id"]);
    }

    [Fact]
    public async Task Every_element_of_an_array_is_a_key()
    {
        await CreateUniqueAsync("{ codes: 1 }");
        await InsertAsync("{ _id: 1, codes: ['a', 'b', 'a'] }");

        await Assert.ThrowsAsync<MongoWriteException>(() => InsertAsync("{ _id: 2, codes: ['c', 'b'] }"));
        Assert.Equal(1, (await _merchants.Find(new BsonDocument("codes", "b")).SingleAsync(Token))["_id"]);
        Assert.Equal(1, (await _merchants.Find(BsonDocument.Parse("{ codes: ['a', 'b', 'a'] }")).SingleAsync(Token))["_id"]);
    }

    [Fact]
    public async Task An_index_answers_as_a_scan_does_also_after_gaps_are_closed()
    {
        await _merchants.InsertManyAsync(Enumerable.Range(0, 5000).Select(i => new BsonDocument { { "_id", i }, { "k", i % 50 } }), cancellationToken: Token);
        await _merchants.Indexes.CreateOneAsync(new CreateIndexModel<BsonDocument>(new BsonDocument("k", 1)), cancellationToken: Token);

        await _merchants.DeleteManyAsync(BsonDocument.Parse("{ _id: { $lt: 4000 } }"), Token);
        await _merchants.UpdateManyAsync(BsonDocument.Parse("{ k: 3 }"), BsonDocument.Parse("{ $set: { k: 4 } }"), cancellationToken: Token);
        await _merchants.DeleteOneAsync(BsonDocument.Parse("{ _id: 4004 }"), Token);

        var byIndex = await _merchants.Find(BsonDocument.Parse("{ k: 4 }")).ToListAsync(Token);
        var byScan = await _merchants.Find(BsonDocument.Parse("{ k: { $gte: 4, $lte: 4 } }")).ToListAsync(Token);

        Assert.Equal(39, byIndex.Count);
        Assert.Equal(byScan, byIndex);
        Assert.Equal(0, await _merchants.CountDocumentsAsync(BsonDocument.Parse("{ k: 3 }"), cancellationToken: Token));
    }

    [Fact]
    public async Task Indexes_are_listed_made_once_and_dropped()
    {
        Assert.Empty(await IndexNamesAsync());
        await CreateUniqueAsync("{ merchant_name: 1 }");
        await CreateUniqueAsync("{ merchant_name: 1 }");
        Assert.Equal(["_id_", "merchant_name_1"], await IndexNamesAsync());

        var conflict = await Assert.ThrowsAsync<MongoCommandException>(
            () => _merchants.Indexes.CreateOneAsync(new CreateIndexModel<BsonDocument>(new BsonDocument("merchant_name", 1)), cancellationToken: Token));
        Assert.Equal("IndexKeySpecsConflict", conflict.CodeName);

        await _merchants.Indexes.DropOneAsync("merchant_name_1", Token);
        Assert.Equal(["_id_"], await IndexNamesAsync());
        await Assert.ThrowsAsync<MongoCommandException>(() => _merchants.Indexes.DropOneAsync("_id_", Token));
    }

    [Theory]
    [InlineData("{ key: { a: 'text' }, name: 'x' }", "CannotCreateIndex")]
    [InlineData("{ key: { a: 1 }, name: 'x', expireAfterSeconds: 5 }", "IDLUnknownField")]
    [InlineData("{ key: { a: 1 }, name: 'x', partialFilterExpression: { a: 1 } }", "IDLUnknownField")]
    public async Task A_kind_of_index_that_is_not_kept_here_is_refused(string index, string codeName)
    {
        var command = BsonDocument.Parse($"{{ createIndexes: 'merchants', indexes: [{index}] }}");

        var refusal = await Assert.ThrowsAsync<MongoCommandException>(() => _server.Database.RunCommandAsync<BsonDocument>(command, cancellationToken: Token));

        Assert.Equal(codeName, refusal.CodeName);
    }

    private Task CreateUniqueAsync(string key, bool sparse = false) =>
        _merchants.Indexes.CreateOneAsync(
            new CreateIndexModel<BsonDocument>(BsonDocument.Parse(key), new CreateIndexOptions { Unique = true, Sparse = sparse }),
            cancellationToken: Token);

    private Task InsertAsync(string document) => _merchants.InsertOneAsync(BsonDocument.Parse(document), cancellationToken: Token);

    private async Task<List<string>> IndexNamesAsync() =>
        [.. (await (await _merchants.Indexes.ListAsync(Token)).ToListAsync(Token)).Select(index => index["name"].AsString)];
}
