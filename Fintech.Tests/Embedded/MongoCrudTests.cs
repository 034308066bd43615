using MongoDB.Bson;
using MongoDB.Driver;
using Xunit;

namespace Fintech.Tests.Embedded;

public sealed class MongoCrudTests : IAsyncLifetime
{
    private readonly MongoTestServer _server = new();
    private readonly IMongoCollection<BsonDocument> _merchants;

    public MongoCrudTests() => _merchants = _server.Collection;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_document_comes_back_as_it_went_in()
    {
        var document = new BsonDocument
        {
            { "_id", ObjectId.GenerateNewId() },
            { "merchant_name", "Köttbullar & Söner 🍝" },
            { "amount", Decimal128.Parse("12.30") },
            { "since", new DateTime(2024, 2, 29, 12, 0, 0, DateTimeKind.Utc) },
            { "tags", new BsonArray { "a", 1, BsonNull.Value } },
            { "address", new BsonDocument { { "city", "Oslo" }, { "zip", 150L } } },
            { "key", new BsonBinaryData(Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e"), GuidRepresentation.Standard) },
        };

        await _merchants.InsertOneAsync(document, cancellationToken: Token);

        Assert.Equal(document, await _merchants.Find(new BsonDocument("_id", document["_id"])).SingleAsync(Token));
    }

    [Fact]
    public async Task A_document_without_an_id_gets_one_in_front()
    {
        await _server.Database.RunCommandAsync<BsonDocument>(
            BsonDocument.Parse("{ insert: 'merchants', documents: [{ merchant_name: 'Acme' }] }"), cancellationToken: Token);

        var stored = await _merchants.Find(new BsonDocument()).SingleAsync(Token);
        Assert.Equal("_id", stored.GetElement(0).Name);
        Assert.True(stored["_id"].IsObjectId);
    }

    [Fact]
    public async Task An_upsert_inserts_what_filter_and_update_say_and_updates_the_second_time()
    {
        var filter = Builders<BsonDocument>.Filter.Eq("merchant_name", "Acme");
        var update = Builders<BsonDocument>.Update.Set("category", "fuel").SetOnInsert("first", true).Inc("seen", 1);

        var first = await _merchants.UpdateOneAsync(filter, update, new UpdateOptions { IsUpsert = true }, Token);
        var second = await _merchants.UpdateOneAsync(filter, update, new UpdateOptions { IsUpsert = true }, Token);

        Assert.Equal((0L, 0L), (first.MatchedCount, first.ModifiedCount));
        Assert.Equal((1L, 1L), (second.MatchedCount, second.ModifiedCount));
        Assert.Null(second.UpsertedId);

        var stored = await _merchants.Find(filter).SingleAsync(Token);
        Assert.Equal(first.UpsertedId, stored["_id"]);
        Assert.Equal(["_id", "merchant_name", "category", "first", "seen"], stored.Names);
        Assert.Equal(2, stored["seen"]);
    }

    [Fact]
    public async Task A_replacement_keeps_the_id_and_nothing_else()
    {
        await _merchants.InsertOneAsync(BsonDocument.Parse("{ _id: 1, merchant_name: 'Acme', category: 'fuel' }"), cancellationToken: Token);

        var result = await _merchants.ReplaceOneAsync(new BsonDocument("merchant_name", "Acme"), new BsonDocument("closed", true), cancellationToken: Token);

        Assert.Equal(1, result.ModifiedCount);
        Assert.Equal(BsonDocument.Parse("{ _id: 1, closed: true }"), await _merchants.Find(new BsonDocument()).SingleAsync(Token));
    }

    [Fact]
    public async Task A_replacement_upserts_with_the_id_of_the_filter()
    {
        await _merchants.ReplaceOneAsync(new BsonDocument("_id", 7), new BsonDocument("x", 1), new ReplaceOptions { IsUpsert = true }, Token);

        Assert.Equal(BsonDocument.Parse("{ _id: 7, x: 1 }"), await _merchants.Find(new BsonDocument()).SingleAsync(Token));
    }

    [Fact]
    public async Task An_update_that_changes_nothing_matches_and_does_not_modify()
    {
        await _merchants.InsertOneAsync(BsonDocument.Parse("{ _id: 1, a: 1 }"), cancellationToken: Token);

        var result = await _merchants.UpdateOneAsync(new BsonDocument("_id", 1), BsonDocument.Parse("{ $set: { a: 1 } }"), cancellationToken: Token);

        Assert.Equal((1L, 0L), (result.MatchedCount, result.ModifiedCount));
    }

    [Fact]
    public async Task Deletes_take_one_or_all()
    {
        await _merchants.InsertManyAsync(Enumerable.Range(0, 10).Select(i => new BsonDocument { { "_id", i }, { "even", i % 2 == 0 } }), cancellationToken: Token);

        var one = await _merchants.DeleteOneAsync(new BsonDocument("even", true), Token);
        var all = await _merchants.DeleteManyAsync(new BsonDocument("even", true), Token);

        Assert.Equal((1L, 4L), (one.DeletedCount, all.DeletedCount));
        Assert.Equal(5, await _merchants.CountDocumentsAsync(new BsonDocument(), cancellationToken: Token));
        Assert.Equal(0, await _merchants.CountDocumentsAsync(new BsonDocument("even", true), cancellationToken: Token));
    }

    [Fact]
    public async Task A_large_answer_comes_in_batches_in_the_order_asked_for()
    {
        await _merchants.InsertManyAsync(Enumerable.Range(0, 2500).Select(i => new BsonDocument { { "_id", i }, { "n", i * 7 % 2500 } }), cancellationToken: Token);

        var batches = new List<int>();
        var seen = new List<int>();
        using var cursor = await _merchants.FindAsync(
            new BsonDocument("n", new BsonDocument("$gte", 100)),
            new FindOptions<BsonDocument> { Sort = new BsonDocument("n", -1), BatchSize = 300 },
            Token);

        while (await cursor.MoveNextAsync(Token))
        {
            batches.Add(cursor.Current.Count());
            seen.AddRange(cursor.Current.Select(document => document["n"].AsInt32));
        }

        Assert.Equal([300, 300, 300, 300, 300, 300, 300, 300], batches);
        Assert.Equal(Enumerable.Range(100, 2400).Reverse(), seen);
    }

    [Fact]
    public async Task Skip_and_limit_cut_a_page_out()
    {
        await _merchants.InsertManyAsync(Enumerable.Range(0, 1200).Select(i => new BsonDocument("_id", i)), cancellationToken: Token);

        var page = await _merchants.Find(new BsonDocument()).Sort(new BsonDocument("_id", -1)).Skip(1000).Limit(150).ToListAsync(Token);

        Assert.Equal(Enumerable.Range(50, 150).Reverse(), page.Select(document => document["_id"].AsInt32));
        Assert.Equal(150, await _merchants.CountDocumentsAsync(new BsonDocument(), new CountOptions { Skip = 1000, Limit = 150 }, Token));
        Assert.Equal(1200, await _merchants.EstimatedDocumentCountAsync(cancellationToken: Token));
    }

    [Fact]
    public async Task A_cursor_goes_on_with_what_was_there_when_it_was_opened()
    {
        await _merchants.InsertManyAsync(Enumerable.Range(0, 500).Select(i => new BsonDocument("_id", i)), cancellationToken: Token);

        using var cursor = await _merchants.FindAsync(new BsonDocument(), new FindOptions<BsonDocument> { BatchSize = 10 }, Token);
        await cursor.MoveNextAsync(Token);
        await _merchants.DeleteManyAsync(new BsonDocument(), Token);

        var left = 0;
        while (await cursor.MoveNextAsync(Token))
            left += cursor.Current.Count();

        Assert.Equal(490, left);
    }

    [Fact]
    public async Task A_projection_keeps_drops_or_renames()
    {
        await _merchants.InsertOneAsync(BsonDocument.Parse("{ _id: 1, a: 1, b: { c: 2, d: 3 }, e: [{ f: 1, g: 2 }, 5] }"), cancellationToken: Token);

        Assert.Equal("{ '_id' : 1, 'a' : 1 }", await Project("{ a: 1 }"));
        Assert.Equal("{ 'b' : { 'c' : 2 }, 'e' : [{ 'f' : 1 }] }", await Project("{ 'b.c': 1, 'e.f': 1, _id: 0 }"));
        Assert.Equal("{ '_id' : 1, 'b' : { 'c' : 2 }, 'e' : [{ 'f' : 1 }, 5] }", await Project("{ a: 0, b: { d: 0 }, 'e.g': 0 }"));
        Assert.Equal("{ 'Name' : 1 }", await Project("{ Name: '$a', _id: 0 }"));
        Assert.Equal("{ '_id' : 1 }", await Project("{ _id: 1 }"));

        async Task<string> Project(string projection) =>
            (await _merchants.Find(new BsonDocument()).Project(BsonDocument.Parse(projection)).SingleAsync(Token)).ToJson().Replace('"', '\'');
    }

    [Fact]
    public async Task Typed_documents_and_linq_work_as_against_any_server()
    {
        var typed = _server.Database.GetCollection<Merchant>("merchants");
        await typed.InsertManyAsync([new(1, "Acme", "fuel"), new(2, "Bistro", "food"), new(3, "Corner", "food")], cancellationToken: Token);

        var byCategory = typed.AsQueryable()
            .Where(merchant => merchant.Id > 0)
            .GroupBy(merchant => merchant.Category)
            .Select(group => new { Category = group.Key, Count = group.Count() })
            .OrderBy(group => group.Category)
            .ToList();

        Assert.Equal(["food:2", "fuel:1"], byCategory.Select(group => $"{group.Category}:{group.Count}"));
        Assert.Equal("Bistro", await typed.Find(merchant => merchant.Category == "food").SortBy(merchant => merchant.Name).Project(merchant => merchant.Name).FirstAsync(Token));
    }

    [Fact]
    public async Task An_ordered_bulk_stops_at_its_first_error_and_an_unordered_one_goes_on()
    {
        await _merchants.InsertOneAsync(new BsonDocument("_id", 2), cancellationToken: Token);
        var four = Enumerable.Range(1, 4).Select(i => new InsertOneModel<BsonDocument>(new BsonDocument("_id", i))).ToArray();

        var ordered = await Assert.ThrowsAsync<MongoBulkWriteException<BsonDocument>>(
            () => _merchants.BulkWriteAsync(four, new BulkWriteOptions { IsOrdered = true }, Token));
        Assert.Equal(1, Assert.Single(ordered.WriteErrors).Index);
        Assert.Equal(2, await _merchants.CountDocumentsAsync(new BsonDocument(), cancellationToken: Token));

        var unordered = await Assert.ThrowsAsync<MongoBulkWriteException<BsonDocument>>(
            () => _merchants.BulkWriteAsync(four, new BulkWriteOptions { IsOrdered = false }, Token));
        Assert.Equal([0, 1], unordered.WriteErrors.Select(error => error.Index));
        Assert.Equal(4, await _merchants.CountDocumentsAsync(new BsonDocument(), cancellationToken: Token));
    }

    [Fact]
    public async Task Collections_and_databases_are_listed_and_dropped()
    {
        await _merchants.InsertOneAsync(new BsonDocument("_id", 1), cancellationToken: Token);
        await _server.Database.CreateCollectionAsync("empty", cancellationToken: Token);
        var client = _server.Database.Client;

        Assert.Equal(["empty", "merchants"], (await (await _server.Database.ListCollectionNamesAsync(cancellationToken: Token)).ToListAsync(Token)).Order());
        Assert.Equal(["merchants"], await (await client.ListDatabaseNamesAsync(Token)).ToListAsync(Token));

        await _server.Database.DropCollectionAsync("empty", Token);
        Assert.Equal(["merchants"], await (await _server.Database.ListCollectionNamesAsync(cancellationToken: Token)).ToListAsync(Token));

        await client.DropDatabaseAsync("merchants", Token);
        Assert.Empty(await (await client.ListDatabaseNamesAsync(Token)).ToListAsync(Token));
        Assert.Equal(0, await _merchants.CountDocumentsAsync(new BsonDocument(), cancellationToken: Token));
    }

    private sealed record Merchant(int Id, string Name, string Category);
}
