using Fintech.Embedded.Mongo.Storage;
using MongoDB.Bson;
using MongoDB.Driver;
using Xunit;

namespace Fintech.Tests.Embedded;

public sealed class MongoDurabilityTests : IAsyncLifetime
{
    private readonly MongoTestServer _server = new(leastWaste: 50_000);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_restart_keeps_documents_indexes_and_their_order()
    {
        await CreateUniqueIndexAsync();
        await InsertAsync(0, 1000);
        await _server.Collection.DeleteManyAsync(BsonDocument.Parse("{ _id: { $lt: 100 } }"), Token);
        await _server.Collection.UpdateManyAsync(BsonDocument.Parse("{ _id: { $gte: 900 } }"), BsonDocument.Parse("{ $set: { closed: true } }"), cancellationToken: Token);
        await _server.Database.CreateCollectionAsync("empty", cancellationToken: Token);
        await _server.Database.GetCollection<BsonDocument>("gone").InsertOneAsync(new BsonDocument("_id", 1), cancellationToken: Token);
        await _server.Database.DropCollectionAsync("gone", Token);
        var before = await AllAsync();

        await RestartAsync();

        Assert.Equal(before, await AllAsync());
        Assert.Equal(900, before.Count);
        Assert.Equal(100, await _server.Collection.CountDocumentsAsync(new BsonDocument("closed", true), cancellationToken: Token));
        Assert.Equal(["empty", "merchants"], (await (await _server.Database.ListCollectionNamesAsync(cancellationToken: Token)).ToListAsync(Token)).Order());
        await Assert.ThrowsAsync<MongoWriteException>(
            () => _server.Collection.InsertOneAsync(new BsonDocument { { "_id", 5000 }, { "merchant_name", "m 500" } }, cancellationToken: Token));
    }

    /// <summary>As a crash leaves it: the last frame cut anywhere, or whole in length but not in content.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(1000)]
    public async Task A_torn_end_is_cut_off_and_said(int cut)
    {
        await InsertAsync(0, 10);
        var whole = new FileInfo(_server.JournalPath).Length;
        await InsertAsync(10, 40);
        await _server.StopAsync();

        using (var file = new FileStream(_server.JournalPath, FileMode.Open))
            file.SetLength(Math.Max(whole + 1, file.Length - cut));

        _server.Start();

        // An insert of many may lie in several frames, of which only the last is cut: what is left is a prefix, and all of the first.
        var left = (await AllAsync()).ConvertAll(document => document["_id"].AsInt32);
        Assert.InRange(left.Count, 10, 49);
        Assert.Equal(Enumerable.Range(0, left.Count), left);
        Assert.Contains("a write that was never acknowledged ended in the middle", _server.Log.ToString(), StringComparison.Ordinal);

        await InsertAsync(100, 5);
        await RestartAsync();
        Assert.Equal(left.Count + 5, (await AllAsync()).Count);
    }

    [Fact]
    public async Task A_torn_end_of_zeros_is_cut_off()
    {
        await InsertAsync(0, 10);
        await _server.StopAsync();
        await File.AppendAllBytesAsync(_server.JournalPath, new byte[5000], Token);

        _server.Start();

        Assert.Equal(10, (await AllAsync()).Count);
    }

    [Fact]
    public async Task Damage_in_the_middle_is_no_torn_end_and_stops_the_start_with_the_file_untouched()
    {
        await InsertAsync(0, 10);
        var place = new FileInfo(_server.JournalPath).Length + JournalFile.HeaderSize + 5;
        await InsertAsync(10, 10);
        await InsertAsync(20, 10);
        await _server.StopAsync();
        var bytes = await File.ReadAllBytesAsync(_server.JournalPath, Token);
        bytes[place] ^= 1;
        await File.WriteAllBytesAsync(_server.JournalPath, bytes, Token);

        var refusal = Assert.Throws<DataFolderException>(_server.Start);

        Assert.Contains("is damaged at byte", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(_server.JournalPath, Token));
    }

    [Fact]
    public async Task A_file_that_is_no_journal_is_left_alone()
    {
        await _server.StopAsync();
        await File.WriteAllTextAsync(_server.JournalPath, "These are somebody's notes.", Token);

        var refusal = Assert.Throws<DataFolderException>(_server.Start);

        Assert.Contains("is not a journal of this server", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_journal_that_is_mostly_waste_is_written_anew_and_holds_the_same()
    {
        await CreateUniqueIndexAsync();
        await InsertAsync(0, 200);

        for (var round = 0; round < 20; round++)
            await _server.Collection.UpdateManyAsync(new BsonDocument(), BsonDocument.Parse("{ $inc: { seen: 1 } }"), cancellationToken: Token);

        Assert.Contains("Compacted the journal", _server.Log.ToString(), StringComparison.Ordinal);
        Assert.InRange(new FileInfo(_server.JournalPath).Length, 1, 150_000);
        Assert.False(File.Exists(_server.JournalPath + ".new"));

        await RestartAsync();

        var all = await AllAsync();
        Assert.Equal(200, all.Count);
        Assert.All(all, document => Assert.Equal(20, document["seen"]));
        Assert.Equal(7, (await _server.Collection.Find(new BsonDocument("merchant_name", "m 7")).SingleAsync(Token))["_id"]);
        Assert.Equal(2, (await (await _server.Collection.Indexes.ListAsync(Token)).ToListAsync(Token)).Count);
    }

    [Fact]
    public async Task A_compaction_that_was_cut_short_is_forgotten()
    {
        await InsertAsync(0, 10);
        await _server.StopAsync();
        await File.WriteAllTextAsync(_server.JournalPath + ".new", "half of a jour", Token);

        _server.Start();

        Assert.Equal(10, (await AllAsync()).Count);
        Assert.False(File.Exists(_server.JournalPath + ".new"));
    }

    [Fact]
    public void A_second_server_on_the_same_folder_is_refused()
    {
        var refusal = Assert.Throws<DataFolderException>(() => Store.Open(_server.DataFolder, TextWriter.Null));

        Assert.Contains("another server is running on this data folder", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Writers_on_many_connections_share_flushes_and_lose_nothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(writer => Task.Run(
            async () =>
            {
                for (var i = 0; i < 50; i++)
                    await _server.Collection.InsertOneAsync(new BsonDocument("_id", writer * 1000 + i), cancellationToken: Token);
            },
            Token)));

        await RestartAsync();

        Assert.Equal(1000, await _server.Collection.CountDocumentsAsync(new BsonDocument(), cancellationToken: Token));
    }

    private Task CreateUniqueIndexAsync() =>
        _server.Collection.Indexes.CreateOneAsync(
            new CreateIndexModel<BsonDocument>(new BsonDocument("merchant_name", 1), new CreateIndexOptions { Unique = true }), cancellationToken: Token);

    private Task InsertAsync(int first, int count) =>
        _server.Collection.InsertManyAsync(
            Enumerable.Range(first, count).Select(i => new BsonDocument { { "_id", i }, { "merchant_name", $"m {i}" } }), cancellationToken: Token);

    private Task<List<BsonDocument>> AllAsync() => _server.Collection.Find(new BsonDocument()).ToListAsync(Token);

    private async Task RestartAsync()
    {
        await _server.StopAsync();
        _server.Start();
    }
}
