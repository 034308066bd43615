using System.Collections.Concurrent;
using System.Diagnostics;
using MongoDB.Bson;
using MongoDB.Driver;
using Xunit;

namespace Fintech.Tests.Embedded;

/// <summary>The server as a process: its command line, its end, and what it owes to those it has answered.</summary>
public sealed class MongoProcessTests : IDisposable
{
    private const long Megabyte = 1 << 20;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fintech-mongo-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Every_acknowledged_document_is_there_after_kills_in_the_midst_of_ten_thousand_inserts()
    {
        const int writers = 16;
        var acknowledged = new ConcurrentDictionary<int, bool>();
        var next = 0;

        for (var round = 1; round <= 4; round++)
        {
            using var server = await MongoTestProcess.ListeningAsync(_folder.FullName, Token);
            using var client = Connect(server.Port);
            var merchants = Collection(client);
            var enough = round * 2_500;

            var writing = Enumerable.Range(0, writers).Select(_ => Task.Run(async () =>
            {
                while (true)
                {
                    var id = Interlocked.Increment(ref next);
                    await merchants.InsertOneAsync(new BsonDocument { { "_id", id }, { "text", new string('x', id % 500) } }, cancellationToken: Token);
                    acknowledged[id] = true;
                }
            })).ToArray();

            await Eventually.ReadAsync(
                $"{enough} acknowledged documents", _ => Task.FromResult(acknowledged.Count), count => count >= enough, TimeSpan.FromSeconds(60), Token);
            await server.KillAsync(Token);

            // Each writer ends at the broken connection, or at the next one that it cannot have (the driver's TimeoutException);
            // an insert it was waiting for may have been done or not.
            foreach (var writer in writing)
            {
                var ending = await Record.ExceptionAsync(() => writer);
                Assert.True(ending is MongoException or TimeoutException, $"A writer ended with {ending?.ToString() ?? "nothing"}.");
            }
        }

        using var last = await MongoTestProcess.ListeningAsync(_folder.FullName, Token);
        using var reader = Connect(last.Port);
        var found = (await Collection(reader).Find(new BsonDocument()).ToListAsync(Token)).ToDictionary(document => document["_id"].AsInt32);

        Assert.DoesNotContain(acknowledged.Keys, id => !found.ContainsKey(id));
        Assert.InRange(found.Count, acknowledged.Count, next);
        Assert.All(found.Values, document => Assert.Equal(document["_id"].AsInt32 % 500, document["text"].AsString.Length));
    }

    [Fact]
    public async Task A_hundred_thousand_documents_are_written_read_and_kept_in_little_memory()
    {
        var watch = Stopwatch.StartNew();
        using (var server = await MongoTestProcess.ListeningAsync(_folder.FullName, Token))
        using (var client = Connect(server.Port))
        {
            Assert.InRange(server.Memory(), 1, 100 * Megabyte);

            var merchants = Collection(client);
            await merchants.Indexes.CreateOneAsync(
                new CreateIndexModel<BsonDocument>(new BsonDocument("merchant_name", 1), new CreateIndexOptions { Unique = true }), cancellationToken: Token);

            watch.Restart();
            await merchants.InsertManyAsync(
                Enumerable.Range(0, 100_000).Select(i => new BsonDocument { { "merchant_name", $"Merchant {i}" }, { "category", $"c{i % 12}" } }),
                cancellationToken: Token);
            TestContext.Current.TestOutputHelper?.WriteLine($"insert: {watch.Elapsed.TotalSeconds:0.00} s, then {server.Memory() / Megabyte} MB");

            Assert.InRange(server.Memory(), 1, 500 * Megabyte);

            watch.Restart();
            Assert.Equal(8333, await merchants.CountDocumentsAsync(new BsonDocument("category", "c7"), cancellationToken: Token));
            var names = new HashSet<string>();
            await merchants.Find(new BsonDocument()).ForEachAsync(document => Assert.True(names.Add(document["merchant_name"].AsString)), Token);
            Assert.Equal(100_000, names.Count);
            TestContext.Current.TestOutputHelper?.WriteLine($"count and read: {watch.Elapsed.TotalSeconds:0.00} s");

            watch.Restart();
            await merchants.BulkWriteAsync(
                Enumerable.Range(99_000, 2_000).Select(i => new UpdateOneModel<BsonDocument>(
                    new BsonDocument("merchant_name", $"Merchant {i}"), BsonDocument.Parse("{ $set: { category: 'new' } }")) { IsUpsert = true }),
                cancellationToken: Token);
            TestContext.Current.TestOutputHelper?.WriteLine($"2,000 upserts by name: {watch.Elapsed.TotalSeconds:0.00} s");

            await server.TerminateAsync(Token);
        }

        watch.Restart();
        using var again = await MongoTestProcess.ListeningAsync(_folder.FullName, Token);
        TestContext.Current.TestOutputHelper?.WriteLine($"restart: {watch.Elapsed.TotalSeconds:0.00} s, then {again.Memory() / Megabyte} MB");
        using var reader = Connect(again.Port);
        Assert.Equal(101_000, await Collection(reader).CountDocumentsAsync(new BsonDocument(), cancellationToken: Token));
        Assert.Equal(2_000, await Collection(reader).CountDocumentsAsync(new BsonDocument("category", "new"), cancellationToken: Token));
    }

    [Fact]
    public async Task SIGTERM_stops_it_in_order_also_with_clients_connected()
    {
        using var server = await MongoTestProcess.ListeningAsync(_folder.FullName, Token);
        using var client = Connect(server.Port);
        await Collection(client).InsertOneAsync(new BsonDocument("_id", 1), cancellationToken: Token);

        await server.TerminateAsync(Token);

        Assert.Equal(0, server.ExitCode);
        Assert.Equal("", await server.ErrorAsync(Token));
    }

    [Theory]
    [InlineData("--port 0 --data {0}", null, "FINTECH_MONGO_USERNAME and FINTECH_MONGO_PASSWORD")]
    [InlineData("--port 0 --data {0}", "pässword", "printable ASCII")]
    [InlineData("--port 0 --no-auth", null, "--data is missing")]
    [InlineData("--data {0} --no-auth", null, "--port is missing")]
    [InlineData("--port 99999 --data {0} --no-auth", null, "--port is '99999'")]
    [InlineData("--port 0 --data {0} --no-auth --verbose", null, "'--verbose'")]
    public async Task A_command_line_that_cannot_be_followed_ends_with_one_sentence_and_2(string arguments, string? password, string named)
    {
        using var server = MongoTestProcess.Start(string.Format(null, arguments, _folder.FullName).Split(' '), password is null ? null : "admin", password);

        await server.ExitAsync(Token);

        var error = await server.ErrorAsync(Token);
        Assert.Equal(2, server.ExitCode);
        Assert.Contains(named, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_port_that_is_taken_ends_it_with_one_sentence_and_1()
    {
        using var first = await MongoTestProcess.ListeningAsync(_folder.FullName, Token);
        using var second = MongoTestProcess.Start(["--port", $"{first.Port}", "--data", _folder.FullName, "--no-auth"]);

        await second.ExitAsync(Token);

        Assert.Equal(1, second.ExitCode);
        Assert.Single((await second.ErrorAsync(Token)).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static MongoClient Connect(int port)
    {
        var settings = MongoClientSettings.FromConnectionString($"mongodb://127.0.0.1:{port}");
        settings.ServerSelectionTimeout = TimeSpan.FromSeconds(5);
        return new MongoClient(settings);
    }

    private static IMongoCollection<BsonDocument> Collection(MongoClient client) => client.GetDatabase("merchants").GetCollection<BsonDocument>("merchants");
}
