using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Fintech.Embedded.Mongo.Wire;
using MongoDB.Bson;
using MongoDB.Driver;
using Xunit;
using static Fintech.Tests.Embedded.MongoFuzzMessages;

namespace Fintech.Tests.Embedded;

public sealed class MongoProtocolTests : IAsyncLifetime
{
    private readonly MongoTestServer _server = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task An_unknown_command_is_not_found()
    {
        var refusal = await Assert.ThrowsAsync<MongoCommandException>(() => RunAsync("{ frobnicate: 1 }"));

        Assert.Equal(59, refusal.Code);
        Assert.Equal("CommandNotFound", refusal.CodeName);
        Assert.Equal("no such command: 'frobnicate'", refusal.Result["errmsg"]);
    }

    [Theory]
    [InlineData("{ find: 'merchants', collation: { locale: 'sv' } }", "IDLUnknownField")]
    [InlineData("{ find: 'merchants', tailable: true }", "IDLUnknownField")]
    [InlineData("{ find: 'merchants', filter: 5 }", "TypeMismatch")]
    [InlineData("{ find: 'merchants', limit: -1 }", "BadValue")]
    [InlineData("{ find: 5 }", "TypeMismatch")]
    [InlineData("{ find: 'system.users' }", "InvalidNamespace")]
    [InlineData("{ find: '' }", "InvalidNamespace")]
    [InlineData("{ aggregate: 'merchants', pipeline: [] }", "IDLFailedToParse")]
    [InlineData("{ insert: 'merchants', documents: [] }", "InvalidLength")]
    [InlineData("{ insert: 'merchants', documents: [5] }", "TypeMismatch")]
    [InlineData("{ insert: 'merchants', documents: [{}], writeConcern: { w: 2 } }", "BadValue")]
    [InlineData("{ insert: 'merchants', documents: [{}], txnNumber: NumberLong(1) }", "IllegalOperation")]
    [InlineData("{ getMore: NumberLong(5), collection: 'merchants' }", "CursorNotFound")]
    [InlineData("{ killCursors: 'merchants', cursors: ['x'] }", "TypeMismatch")]
    [InlineData("{ create: 'merchants', capped: true }", "IDLUnknownField")]
    public async Task A_command_that_cannot_be_followed_to_the_letter_is_refused(string command, string codeName)
    {
        var refusal = await Assert.ThrowsAsync<MongoCommandException>(() => RunAsync(command));

        Assert.Equal(codeName, refusal.CodeName);
    }

    [Theory]
    [InlineData("{ insert: 'merchants', documents: [{ _id: [1] }] }", 2)]
    [InlineData("{ update: 'merchants', updates: [{ q: {}, u: { a: 1 }, multi: true }] }", 9)]
    [InlineData("{ update: 'merchants', updates: [{ q: {}, u: { $set: { a: 1 } }, arrayFilters: [] }] }", 40415)]
    [InlineData("{ delete: 'merchants', deletes: [{ q: { $where: 'x' }, limit: 0 }] }", 2)]
    [InlineData("{ delete: 'merchants', deletes: [{ q: {}, limit: 2 }] }", 9)]
    [InlineData("{ delete: 'merchants', deletes: [{ q: {}, limit: '1' }] }", 9)]
    public async Task A_statement_that_cannot_be_followed_is_a_write_error(string command, int code)
    {
        var answer = await RunAsync(command);

        Assert.Equal(code, Assert.Single(answer["writeErrors"].AsBsonArray)["code"]);
    }

    [Fact]
    public async Task A_cursor_can_be_closed_before_its_end()
    {
        await _server.Collection.InsertManyAsync(Enumerable.Range(0, 500).Select(i => new BsonDocument("_id", i)), cancellationToken: Token);
        var id = (await RunAsync("{ find: 'merchants', batchSize: 0 }"))["cursor"]["id"].AsInt64;
        Assert.NotEqual(0, id);

        Assert.Equal(10, (await RunAsync($"{{ getMore: NumberLong('{id}'), collection: 'merchants', batchSize: 10 }}"))["cursor"]["nextBatch"].AsBsonArray.Count);
        Assert.Equal(id, Assert.Single((await RunAsync($"{{ killCursors: 'merchants', cursors: [NumberLong('{id}')] }}"))["cursorsKilled"].AsBsonArray));

        var refusal = await Assert.ThrowsAsync<MongoCommandException>(() => RunAsync($"{{ getMore: NumberLong('{id}'), collection: 'merchants' }}"));
        Assert.Equal("CursorNotFound", refusal.CodeName);
    }

    [Fact]
    public async Task Unacknowledged_writes_are_done_and_leave_no_reply_in_the_way()
    {
        var silent = _server.Collection.WithWriteConcern(WriteConcern.Unacknowledged);
        for (var i = 0; i < 20; i++)
            await silent.InsertOneAsync(new BsonDocument("_id", i), cancellationToken: Token);

        await Eventually.ReadAsync(
            "20 documents written without acknowledgement",
            token => _server.Collection.CountDocumentsAsync(new BsonDocument(), cancellationToken: token),
            count => count == 20,
            TimeSpan.FromSeconds(10),
            Token);
    }

    [Fact]
    public async Task A_document_of_16_MB_is_stored_and_one_above_is_refused()
    {
        var large = new BsonDocument { { "_id", 1 }, { "x", new string('x', 16 * 1024 * 1024 - 30) } };
        await _server.Collection.InsertOneAsync(large, cancellationToken: Token);
        Assert.Equal(large, await _server.Collection.Find(new BsonDocument()).SingleAsync(Token));

        var answer = await RunAsync(new BsonDocument { { "update", "merchants" }, { "updates", new BsonArray
        {
            new BsonDocument { { "q", new BsonDocument("_id", 1) }, { "u", BsonDocument.Parse("{ $set: { y: 'some twenty bytes more' } }") } },
        } } });
        Assert.Equal(10334, answer["writeErrors"][0]["code"]);
    }

    /// <summary>Each of these closes its own connection without an answer; the driver, on others, does not notice.</summary>
    [Theory]
    [InlineData("noise")]
    [InlineData("length below the header's")]
    [InlineData("length above the limit")]
    [InlineData("unknown operation")]
    [InlineData("unknown flag")]
    [InlineData("wrong checksum")]
    [InlineData("no body")]
    [InlineData("two bodies")]
    [InlineData("body longer than the message")]
    [InlineData("sequence longer than the message")]
    [InlineData("no database")]
    [InlineData("broken BSON")]
    [InlineData("nested without end")]
    [InlineData("line feeds")]
    [InlineData("cut short")]
    public async Task A_malformed_message_closes_its_connection_and_harms_no_other(string fault)
    {
        var answer = await SendAsync(Malformed(fault), hangUp: fault == "cut short");

        Assert.Empty(answer);
        Assert.Contains("is closed: ", Assert.Single(_server.Log.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Equal(1.0, (await RunAsync("{ ping: 1 }"))["ok"]);
    }

    [Fact]
    public void A_document_of_every_type_at_the_deepest_level_is_no_fault()
    {
        var document = new BsonDocument
        {
            { "text", "x" }, { "empty", "" }, { "int", 1 }, { "long", 1L }, { "double", 0.5 }, { "decimal", 1m }, { "bool", true }, { "null", BsonNull.Value },
            { "id", ObjectId.GenerateNewId() }, { "date", DateTime.UnixEpoch }, { "bytes", new byte[] { 1, 2 } }, { "regex", new BsonRegularExpression("a", "i") },
            { "time", new BsonTimestamp(1) }, { "min", BsonMinKey.Value }, { "max", BsonMaxKey.Value }, { "undefined", BsonUndefined.Value },
            { "symbol", BsonSymbol.Create("s") }, { "code", new BsonJavaScript("1") }, { "list", new BsonArray { 1, new BsonArray(), new BsonDocument() } },
        };

        for (var level = 3; level < BsonShape.MostLevels; level++)
            document = new BsonDocument("a", document);

        BsonShape.Check(document.ToBson());
        Assert.Throws<MalformedMessageException>(() => BsonShape.Check(Nested(BsonShape.MostLevels)));
        BsonShape.Check(Nested(BsonShape.MostLevels - 1));
    }

    [Fact]
    public async Task A_right_checksum_is_no_fault()
    {
        var message = Message(1, [0, .. BsonDocument.Parse("{ ping: 1, $db: 'admin' }").ToBson(), 0, 0, 0, 0]);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(message.Length - 4), Crc32C.Compute(message.AsSpan(0, message.Length - 4)));

        var answer = await SendAsync(message, hangUp: true);

        Assert.Equal(BsonDocument.Parse("{ ok: 1.0 }"), MongoDB.Bson.Serialization.BsonSerializer.Deserialize<BsonDocument>(answer[21..]));
    }

    [Fact]
    public async Task A_broken_document_beside_the_body_is_a_write_error_and_is_not_stored()
    {
        var body = BsonDocument.Parse("{ insert: 'merchants', $db: 'merchants', ordered: false }").ToBson();
        var broken = new BsonDocument { { "_id", 1 }, { "s", "text" } }.ToBson();
        broken[^6] = 0xFF; // In the midst of the string: no UTF-8.
        byte[] sequence = [.. "documents\0"u8, .. broken, .. new BsonDocument("_id", 2).ToBson()];

        var answer = await SendAsync(Message(0, [0, .. body, 1, .. BitConverter.GetBytes(sequence.Length + 4), .. sequence]), hangUp: true);

        var document = MongoDB.Bson.Serialization.BsonSerializer.Deserialize<BsonDocument>(answer[21..]);
        Assert.Equal((22, 1), (document["writeErrors"][0]["code"].AsInt32, document["n"].AsInt32));
        Assert.Equal(2, (await _server.Collection.Find(new BsonDocument()).SingleAsync(Token))["_id"]);
    }

    private static byte[] Malformed(string fault)
    {
        var ping = BsonDocument.Parse("{ ping: 1, $db: 'admin' }").ToBson();
        var message = Message(0, [0, .. ping]);

        switch (fault)
        {
            case "noise":
                return Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
            case "length below the header's":
                message[0] = 15;
                return message;
            case "length above the limit":
                BinaryPrimitives.WriteInt32LittleEndian(message, 48_000_001);
                return message;
            case "unknown operation":
                BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(12), 2012);
                return message;
            case "unknown flag":
                return Message(4, [0, .. ping]);
            case "wrong checksum":
                return Message(1, [0, .. ping, 1, 2, 3, 4]);
            case "no body":
                return Message(0, []);
            case "two bodies":
                return Message(0, [0, .. ping, 0, .. ping]);
            case "body longer than the message":
                return Message(0, [0, .. ping[..^3]]);
            case "sequence longer than the message":
                return Message(0, [0, .. ping, 1, 255, 0, 0, 0, (byte)'x', 0]);
            case "no database":
                return Message(0, [0, .. BsonDocument.Parse("{ ping: 1 }").ToBson()]);
            case "broken BSON":
                ping[4] = 0x7E;
                return Message(0, [0, .. ping]);
            case "nested without end":
                return Message(0, [0, .. Nested(levels: 1_000_000)]);
            case "line feeds":
                byte[] query = [0, 0, 0, 0, .. "x\r\nListening on 127.0.0.1:1\n\0"u8, 0, 0, 0, 0, 1, 0, 0, 0, .. ping];
                message = new byte[MessageHeader.Size + query.Length];
                new MessageHeader(message.Length, RequestId: 1, ResponseTo: 0, OpCode.Query).Write(message);
                query.CopyTo(message, MessageHeader.Size);
                return message;
            case "cut short":
                return message[..^5];
            default:
                throw new ArgumentOutOfRangeException(nameof(fault), fault, "This fault is not known.");
        }
    }

    /// <summary>Sends bytes on a connection of their own; returns what came until the server closed it.</summary>
    private async Task<byte[]> SendAsync(byte[] bytes, bool hangUp)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", _server.Port, Token);
        var stream = client.GetStream();
        await stream.WriteAsync(bytes, Token);
        if (hangUp)
            client.Client.Shutdown(SocketShutdown.Send);

        using var answer = new MemoryStream();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(TimeSpan.FromSeconds(10));
        await stream.CopyToAsync(answer, deadline.Token);
        return answer.ToArray();
    }

    private Task<BsonDocument> RunAsync(string command) => RunAsync(BsonDocument.Parse(command));

    private Task<BsonDocument> RunAsync(BsonDocument command) => _server.Database.RunCommandAsync<BsonDocument>(command, cancellationToken: Token);
}
