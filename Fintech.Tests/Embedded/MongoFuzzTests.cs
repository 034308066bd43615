using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Fintech.Embedded.Mongo.Commands;
using Fintech.Embedded.Mongo.Cursors;
using Fintech.Embedded.Mongo.Storage;
using MongoDB.Bson;
using MongoDB.Bson.Serialization;
using MongoDB.Driver;
using Xunit;
using static Fintech.Tests.Embedded.MongoFuzzMessages;

namespace Fintech.Tests.Embedded;

/// <summary>
/// Thousands of messages that nobody should send, to the server as its own process: a fault may end it, but not the tests.
/// FINTECH_FUZZ_SEED repeats a failure, or tries others.
/// </summary>
public sealed class MongoFuzzTests : IDisposable
{
    private const long Megabyte = 1 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly int Seed =
        int.TryParse(Environment.GetEnvironmentVariable("FINTECH_FUZZ_SEED"), NumberStyles.Integer, CultureInfo.InvariantCulture, out var seed) ? seed : 20_260_101;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fintech-mongo-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Hostile_commands_and_damaged_bytes_are_answered_or_hung_up_on_and_harm_nothing()
    {
        var watch = Stopwatch.StartNew();
        List<BsonDocument> kept;
        using (var server = await MongoTestProcess.ListeningAsync(_folder.FullName, Token))
        {
            var log = server.ErrorAsync(Token);
            using var client = new MongoClient($"mongodb://127.0.0.1:{server.Port}");
            kept = await KeepAsync(client);

            var messages = new MongoFuzzMessages(Seed);
            var (refused, closed) = await SendCommandsAsync(server.Port, messages, 4_000);
            var hungUp = await SendBytesAsync(server.Port, messages, 4_000);
            await AnnounceMuchAsync(server.Port, connections: 100);

            TestContext.Current.TestOutputHelper?.WriteLine(
                $"seed {Seed}: of 4,000 commands {refused} refused, {closed} hung up on; {hungUp} of 4,000 damaged messages hung up on, {watch.Elapsed.TotalSeconds:0.0} s, {server.Memory() / Megabyte} MB");
            Assert.InRange(refused, 1_000, 3_800); // Some are valid by chance: the seed reaches what lies behind the checks, too.
            Assert.InRange(closed, 1, 1_000);
            Assert.InRange(hungUp, 1_000, 3_950);
            Assert.InRange(server.Memory(), 1, 300 * Megabyte);
            Assert.Equal(kept, await KeptAsync(client));

            await server.KillAsync(Token);
            AssertNoFault(await log);
        }

        using var again = await MongoTestProcess.ListeningAsync(_folder.FullName, Token);
        using var reader = new MongoClient($"mongodb://127.0.0.1:{again.Port}");
        Assert.Equal(kept, await KeptAsync(reader));
    }

    [Fact]
    public async Task Nothing_but_the_password_signs_in_however_it_is_asked()
    {
        using var server = await MongoTestProcess.ListeningAsync(_folder.FullName, Token, "root", "right");
        var log = server.ErrorAsync(Token);
        var messages = new MongoFuzzMessages(Seed + 1);

        var asked = 0;
        for (var number = 0; number < 200; number++)
        {
            using var connection = await ConnectAsync(server.Port);
            var isOpen = true;
            for (var turn = 0; turn < 5 && isOpen; turn++)
                isOpen = await AnswerAsync(connection, messages.Command()) is not null;

            if (!isOpen)
                continue;

            asked++;
            var answer = await AnswerAsync(connection, Plain("{ find: 'c', $db: 'fuzz' }"));
            Assert.True(answer?["code"] == (int)ErrorCode.Unauthorized, $"Seed {Seed + 1}, connection {number}: not signed in, and answered {answer}");
        }

        Assert.InRange(asked, 50, 200);

        using (var client = new MongoClient($"mongodb://root:right@127.0.0.1:{server.Port}/?authSource=admin"))
            await client.GetDatabase("fuzz").RunCommandAsync<BsonDocument>("{ ping: 1 }", cancellationToken: Token);

        await server.KillAsync(Token);
        AssertNoFault(await log);
    }

    [Fact]
    public void Every_command_of_the_server_is_among_the_examples()
    {
        using var cursors = new CursorRegistry(TimeProvider.System);
        using var store = Store.Open(_folder.FullName, TextWriter.Null, Store.DefaultLeastWaste);
        var commands = new CommandTable(store, cursors, credentials: null, TimeProvider.System, TextWriter.Null).Names;

        Assert.Empty(commands.Except(Valid.Select(example => BsonDocument.Parse(example).GetElement(0).Name)));
    }

    /// <summary>
    /// Each has one answer, on a connection that goes on; or none, where its documents leave the format (a field twice, say), on one
    /// that is closed.
    /// </summary>
    private static async Task<(int Refused, int Closed)> SendCommandsAsync(int port, MongoFuzzMessages messages, int count)
    {
        var (refused, closed) = (0, 0);
        var connection = await ConnectAsync(port);
        try
        {
            for (var number = 0; number < count; number++)
            {
                var message = messages.Command();
                try
                {
                    if (await AnswerAsync(connection, message) is { } answer)
                    {
                        refused += answer["ok"] == 1.0 && !answer.Contains("writeErrors") ? 0 : 1;
                        continue;
                    }

                    closed++;
                    connection.Dispose();
                    connection = await ConnectAsync(port);
                }
                catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or FormatException)
                {
                    Assert.Fail($"Seed {Seed}, command {number}: neither answered nor closed ({e.Message}): {Convert.ToHexStringLower(message)}");
                }
            }
        }
        finally
        {
            connection.Dispose();
        }

        return (refused, closed);
    }

    /// <summary>Each on a connection of its own, since it may end it; returns how many connections were closed without an answer.</summary>
    private static async Task<int> SendBytesAsync(int port, MongoFuzzMessages messages, int count)
    {
        var hungUp = 0;
        for (var number = 0; number < count; number++)
        {
            var message = messages.Bytes();
            try
            {
                using var connection = await ConnectAsync(port);
                await using var stream = connection.GetStream();
                using var answer = new MemoryStream();
                using var deadline = Deadline();
                await stream.WriteAsync(message, deadline.Token);
                connection.Client.Shutdown(SocketShutdown.Send);
                await stream.CopyToAsync(answer, deadline.Token);
                hungUp += answer.Length == 0 ? 1 : 0;
            }
            catch (Exception e) when (IsHungUp(e))
            {
                hungUp++; // Closed before it was read to its end.
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
            {
                Assert.Fail($"Seed {Seed}, message {number}: neither answered nor closed ({e.Message}): {Convert.ToHexStringLower(message)}");
            }
        }

        return hungUp;
    }

    /// <summary>The other end closed while something sent to it was still unread, or before all was sent.</summary>
    private static bool IsHungUp(Exception e) => (e as SocketException ?? e.InnerException as SocketException)?.SocketErrorCode
        is SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.NotConnected or SocketError.Shutdown;

    /// <summary>The largest message announced on many connections, and then nothing: what is announced must not be held.</summary>
    private static async Task AnnounceMuchAsync(int port, int connections)
    {
        var open = new List<TcpClient>();
        try
        {
            var head = Message(0, [0]);
            BinaryPrimitives.WriteInt32LittleEndian(head, 48_000_000);
            for (var number = 0; number < connections; number++)
            {
                open.Add(await ConnectAsync(port));
                await open[^1].GetStream().WriteAsync(head, Token);
            }

            // Somebody else is served meanwhile.
            using var other = await ConnectAsync(port);
            Assert.Equal(1.0, (await AnswerAsync(other, Plain("{ ping: 1, $db: 'fuzz' }")))?["ok"]);
        }
        finally
        {
            open.ForEach(connection => connection.Dispose());
        }
    }

    /// <summary>A line that tells why a connection was closed is no fault; an exception is, told once for each place it came from.</summary>
    private static void AssertNoFault(string log)
    {
        var lines = log.Split('\n').Where(line => line.Length > 0 && !line.Contains(" is closed: ", StringComparison.Ordinal)).ToList();
        var faults = lines.Index()
            .Where(line => !line.Item.StartsWith("   ", StringComparison.Ordinal))
            .Select(line => (Words: line.Item, Place: lines.Skip(line.Index).FirstOrDefault(next => next.Contains(" at Fintech.", StringComparison.Ordinal))))
            .DistinctBy(fault => fault.Place)
            .Select(fault => $"{fault.Words}\n{fault.Place}");

        Assert.True(lines.Count == 0, $"Seed {Seed}: the server's log tells of faults of its own:\n{string.Join('\n', faults)}");
    }

    private static byte[] Plain(string command) => Message(0, [0, .. BsonDocument.Parse(command).ToBson()]);

    /// <summary>Null where the server closed the connection instead.</summary>
    private static async Task<BsonDocument?> AnswerAsync(TcpClient connection, byte[] message)
    {
        using var deadline = Deadline();
        var stream = connection.GetStream();
        await stream.WriteAsync(message, deadline.Token);
        var head = new byte[sizeof(int)];
        try
        {
            if (await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, deadline.Token) == 0)
                return null;
        }
        catch (IOException e) when (IsHungUp(e))
        {
            return null;
        }

        var rest = new byte[BinaryPrimitives.ReadInt32LittleEndian(head) - head.Length];
        await stream.ReadExactlyAsync(rest, deadline.Token);

        const int beforeDocument = 17; // The rest of the header, the flags and the kind of the section.
        return BsonSerializer.Deserialize<BsonDocument>(rest[beforeDocument..]);
    }

    private static CancellationTokenSource Deadline()
    {
        var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(Patience);
        return deadline;
    }

    private static async Task<TcpClient> ConnectAsync(int port)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync("127.0.0.1", port, Token);
        return client;
    }

    /// <summary>What must be there at the end, in a database whose name no message holds.</summary>
    private static async Task<List<BsonDocument>> KeepAsync(MongoClient client)
    {
        var documents = Enumerable.Range(0, 1_000).Select(id => new BsonDocument { { "_id", id }, { "text", new string('x', id % 97) } }).ToList();
        await Kept(client).InsertManyAsync(documents, cancellationToken: Token);
        return documents;
    }

    private static Task<List<BsonDocument>> KeptAsync(MongoClient client) => Kept(client).Find(new BsonDocument()).Sort("{ _id: 1 }").ToListAsync(Token);

    private static IMongoCollection<BsonDocument> Kept(MongoClient client) => client.GetDatabase("kept").GetCollection<BsonDocument>("kept");
}
