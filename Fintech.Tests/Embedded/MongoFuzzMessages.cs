using System.Buffers.Binary;
using System.Text;
using Fintech.Embedded.Mongo.Wire;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using MongoDB.Bson.Serialization;
using MongoDB.Bson.Serialization.Serializers;

namespace Fintech.Tests.Embedded;

/// <summary>
/// Messages that nobody should send, from a seed: commands with arguments of the wrong kind, which keep to the protocol, and
/// bytes which do not. The same seed gives the same messages in the same order.
/// </summary>
internal sealed class MongoFuzzMessages(int seed)
{
    /// <summary>One valid example at least of every command the server has; what is made from them differs from these in a few places.</summary>
    public static readonly string[] Valid =
    [
        "{ hello: 1, saslSupportedMechs: 'admin.root', speculativeAuthenticate: { saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: 'n,,n=root,r=abc', db: 'admin' } }",
        "{ isMaster: 1, client: { driver: { name: 'x', version: '1' } } }",
        "{ ismaster: 1 }",
        "{ saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: BinData(0, 'biwsbj1yb290LHI9YWJj'), options: { skipEmptyExchange: true } }",
        "{ saslContinue: 1, conversationId: 1, payload: BinData(0, 'Yz1iaXdzLHI9YWJjLHA9eA==') }",
        "{ connectionStatus: 1 }",
        "{ ping: 1 }",
        "{ buildInfo: 1 }",
        "{ buildinfo: 1 }",
        "{ endSessions: [{ id: 1 }] }",
        "{ find: 'c', filter: { a: { $gte: 1, $lt: 5 }, 'b.c': { $in: [1, 'x', null] }, $or: [{ t: /^a/i }, { t: { $regex: 'b', $options: 'i' } }] }, sort: { a: 1, 'b.c': -1 }, projection: { a: 1, 'b.c': 1 }, skip: 1, limit: 5, batchSize: 2, singleBatch: true }",
        "{ find: 'c', filter: { $and: [{ a: { $exists: true } }, { a: { $not: { $gt: 3 } } }], $nor: [{ a: { $type: 'string' } }], t: { $nin: [/x/] } }, projection: { n: '$b.c', all: '$$ROOT', k: { $literal: 5 } } }",
        "{ count: 'c', query: { a: { $ne: 1 } }, limit: 3, skip: 1 }",
        "{ aggregate: 'c', pipeline: [{ $match: { a: { $gt: 0 } } }, { $group: { _id: '$t', n: { $sum: 1 }, s: { $sum: '$a' }, v: { $avg: '$a' }, l: { $min: '$a' }, m: { $max: '$a' }, f: { $first: '$a' }, p: { $push: '$a' }, u: { $addToSet: '$b.c' } } }, { $sort: { n: -1 } }, { $skip: 1 }, { $limit: 5 }, { $project: { n: 1 } }], cursor: { batchSize: 2 } }",
        "{ aggregate: 'c', pipeline: [{ $match: {} }, { $count: 'n' }], cursor: {} }",
        "{ getMore: NumberLong('7'), collection: 'c', batchSize: 3 }",
        "{ killCursors: 'c', cursors: [NumberLong('7')] }",
        "{ insert: 'c', documents: [{ a: 1, b: [{ c: 2 }, { c: 'x' }], t: 'abc' }, { a: NumberDecimal('2.5'), b: { c: null } }], ordered: false }",
        "{ update: 'c', updates: [{ q: { a: 1, 'b.c': 2 }, u: { $set: { 'b.0.c': 3 }, $inc: { n: 1 }, $unset: { t: 1 }, $setOnInsert: { k: 1 } }, upsert: true, multi: false }, { q: { a: 2 }, u: { a: 2, z: [1] }, upsert: true }], ordered: false }",
        "{ delete: 'c', deletes: [{ q: { a: { $lte: 1 } }, limit: 1 }, { q: { n: 5 }, limit: 0 }] }",
        "{ listDatabases: 1, filter: { name: /^f/ }, nameOnly: true }",
        "{ listCollections: 1, filter: { name: 'c' }, nameOnly: false, cursor: { batchSize: 5 } }",
        "{ create: 'd' }",
        "{ drop: 'd' }",
        "{ dropDatabase: 1 }",
        "{ listIndexes: 'c', cursor: { batchSize: 1 } }",
        "{ createIndexes: 'c', indexes: [{ key: { a: 1, 'b.c': -1 }, name: 'a_1', unique: false }, { key: { k: 1 }, name: 'k', unique: true, sparse: true }] }",
        "{ dropIndexes: 'c', index: 'a_1' }",
    ];

    private static readonly BsonDocument[] Commands = [.. Valid.Select(BsonDocument.Parse)];
    private static readonly int[] Lengths = [int.MinValue, -1, 0, 1, 4, 5, 15, 16, 17, 255, 65_536, 16 << 20, 48_000_000, 48_000_001, int.MaxValue];

    private static readonly string[] Names =
    [
        "", "$", "$$", ".", "a.", ".a", "a..b", "a.b.c.d", "b.0.c", "b.999999999", "b.99999999999", "b.1500001", "$where", "$expr", "$and", "$or", "$nor", "$not",
        "$in", "$nin", "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$exists", "$type", "$regex", "$options", "$elemMatch", "$set", "$inc", "$unset",
        "$setOnInsert", "$push", "$rename", "$match", "$group", "$sort", "$limit", "$skip", "$project", "$count", "$lookup", "$out", "$sum", "$avg", "$min",
        "$max", "$first", "$addToSet", "$literal", "$db", "_id", "_id.a", "a", "b", "t", "q", "u", "key", "unique", "lsid", "txnNumber", "maxTimeMS", "collation",
        "writeConcern", "ordered", "é\uFFFF", "__proto__", new string('n', 3000), string.Join('.', Enumerable.Repeat("a", 150)),
    ];

    private static readonly string[] Texts =
    [
        "", "c", "$a", "$$ROOT", "$$CURRENT", "$", "$a..b", "system.users", ".", "a\0b", "no such type", "number", "string", "[", "(?<", "(a+)+$", "\\", "(?i)x", "*",
        "a{999999999}", "🙂", "SCRAM-SHA-1", "n,,n=root,r=", "c=biws,r=,p=====", new string('(', 2000), new string('x', 70_000),
    ];

    private readonly Random _random = new(seed);

    /// <summary>A message that keeps to the protocol, so that it has an answer, with arguments of any kind.</summary>
    public byte[] Command()
    {
        var command = (BsonDocument)Pick(Commands).DeepClone();
        for (var change = _random.Next(4); change >= 0; change--)
            Change(command);

        command["$db"] = "fuzz";
        return Message(0, [0, .. Encode(command)]);
    }

    /// <summary>A valid message of which some bytes have become others.</summary>
    public byte[] Bytes()
    {
        var message = Whole();
        for (var change = _random.Next(3); change >= 0 && message.Length > 0; change--)
            message = Damaged(message);

        return message;
    }

    public static byte[] Message(uint flags, byte[] sections)
    {
        var message = new byte[20 + sections.Length];
        new MessageHeader(message.Length, RequestId: 1, ResponseTo: 0, OpCode.Msg).Write(message);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(16), flags);
        sections.CopyTo(message, 20);
        return message;
    }

    /// <summary><c>{ a: { a: { a: … } } }</c>, which the driver's own writer refuses to make.</summary>
    public static byte[] Nested(int levels)
    {
        const int shell = 8; // Length, type, "a", zero; and the zero at the end.
        var bytes = new byte[levels * shell + 5];
        for (var level = 0; level < levels; level++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(level * (shell - 1)), bytes.Length - level * shell);
            bytes[level * (shell - 1) + 4] = (byte)BsonType.Document;
            bytes[level * (shell - 1) + 5] = (byte)'a';
        }

        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(levels * (shell - 1)), 5);
        return bytes;
    }

    private byte[] Whole()
    {
        var command = (BsonDocument)Pick(Commands).DeepClone();
        command["$db"] = "fuzz";
        switch (_random.Next(8))
        {
            case 0: // The documents beside the body, as drivers send them.
                var beside = command.Elements.FirstOrDefault(element => element.Name is "documents" or "updates" or "deletes" or "pipeline");
                if (beside.Name is null)
                    goto default;

                command.Remove(beside.Name);
                byte[] sequence = [.. Encoding.ASCII.GetBytes(beside.Name), 0, .. beside.Value.AsBsonArray.SelectMany(document => Encode((BsonDocument)document))];
                return Message(0, [0, .. Encode(command), 1, .. BitConverter.GetBytes(sequence.Length + 4), .. sequence]);

            case 1:
                byte[] query = [0, 0, 0, 0, .. "fuzz.$cmd\0"u8, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, .. Encode(command)];
                var message = new byte[MessageHeader.Size + query.Length];
                new MessageHeader(message.Length, RequestId: 1, ResponseTo: 0, OpCode.Query).Write(message);
                query.CopyTo(message, MessageHeader.Size);
                return message;

            case 2:
                return Message(0, [0, .. Nested(_random.Next(90, 5_000))]);

            case 3:
                var summed = Message(1, [0, .. Encode(command), 0, 0, 0, 0]);
                BinaryPrimitives.WriteUInt32LittleEndian(summed.AsSpan(summed.Length - 4), Crc32C.Compute(summed.AsSpan(0, summed.Length - 4)));
                return summed;

            default:
                return Message(0, [0, .. Encode(command)]);
        }
    }

    private byte[] Damaged(byte[] message)
    {
        var at = _random.Next(message.Length);
        switch (_random.Next(8))
        {
            case 0:
                return message[..at];
            case 1:
                message[at] ^= (byte)(1 << _random.Next(8));
                return message;
            case 2:
                message[at] = (byte)_random.Next(256);
                return message;
            case 3 when message.Length >= 20: // A length, a flag or an operation code anywhere.
                BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(_random.Next(message.Length - 3)), Pick(Lengths));
                return message;
            case 4 when message.Length >= 20: // One of the header.
                BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(4 * _random.Next(5)), _random.Next(2) == 0 ? Pick(Lengths) : _random.Next(3_000));
                return message;
            case 5: // Cut out of the midst, the announced length kept true.
                return Measured([.. message[..at], .. message[Math.Min(message.Length, at + _random.Next(1, 40))..]]);
            case 6: // Put into the midst.
                var noise = new byte[_random.Next(1, 40)];
                _random.NextBytes(noise);
                return Measured([.. message[..at], .. noise, .. message[at..]]);
            default: // A part twice.
                return Measured([.. message, .. message[at..]]);
        }
    }

    private static byte[] Measured(byte[] message)
    {
        if (message.Length >= sizeof(int))
            BinaryPrimitives.WriteInt32LittleEndian(message, message.Length);

        return message;
    }

    /// <summary>Goes down to a value anywhere in the document and does something to it, or beside it.</summary>
    private void Change(BsonValue container)
    {
        var inner = container switch
        {
            BsonDocument document => document.Values.ToArray(),
            BsonArray array => array.ToArray(),
            _ => [],
        };
        var deeper = inner.Where(value => value is BsonDocument or BsonArray).ToArray();
        if (deeper.Length > 0 && _random.Next(4) > 0)
        {
            Change(Pick(deeper));
            return;
        }

        if (container is BsonArray list)
        {
            if (list.Count > 0 && _random.Next(2) == 0)
                list[_random.Next(list.Count)] = Value(0);
            else
                list.Add(Value(0));
        }
        else if (container is BsonDocument fields)
        {
            // The first field of all is the command's name, which other messages take away.
            var place = fields.ElementCount == 0 ? -1 : _random.Next(fields.ElementCount);
            switch (_random.Next(24))
            {
                case < 6 when place > 0:
                    fields.RemoveAt(place);
                    break;
                case < 18 when place >= 0:
                    fields[place] = Value(0);
                    break;
                case 18 when place >= 0: // The same field twice, which the format allows and nobody expects.
                    fields.AllowDuplicateNames = true;
                    fields.Add(new BsonElement(fields.GetElement(place).Name, Value(0)));
                    break;
                default:
                    fields[Name()] = Value(0);
                    break;
            }
        }
    }

    private string Name() => Pick(Names);

    private BsonValue Value(int depth) => _random.Next(depth > 3 ? 16 : 22) switch
    {
        0 => BsonNull.Value,
        1 => _random.Next(-3, 10),
        2 => Pick<long>([long.MinValue, long.MaxValue, int.MaxValue + 1L, -1, 0]),
        3 => Pick([double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, double.Epsilon, -0.0, 1.5, 1e300]),
        4 => new BsonDecimal128(Pick([Decimal128.MaxValue, Decimal128.MinValue, Decimal128.QNaN, Decimal128.PositiveInfinity, Decimal128.Zero, Decimal128.Parse("1E-6176")])),
        5 => _random.Next(2) == 0,
        6 => new BsonDateTime(Pick<long>([long.MinValue, long.MaxValue, 0])),
        7 => new BsonBinaryData(new byte[_random.Next(40)], Pick([BsonBinarySubType.Binary, BsonBinarySubType.UserDefined, BsonBinarySubType.MD5])),
        8 => new BsonObjectId(new ObjectId(new byte[12])),
        9 => new BsonRegularExpression(Pick(Texts).Replace("\0", ""), Pick(["", "i", "imsx", "q"])),
        10 => Pick<BsonValue>([BsonMinKey.Value, BsonMaxKey.Value, BsonUndefined.Value]),
        11 => Pick<BsonValue>([new BsonTimestamp(-1), BsonSymbol.Create(""), new BsonJavaScript("1"), new BsonJavaScriptWithScope("1", [])]),
        12 or 13 or 14 or 15 => Pick(Texts),
        16 or 17 => new BsonArray(Enumerable.Range(0, _random.Next(4)).Select(_ => Value(depth + 1))),
        18 => Deep(_random.Next(2, 80)),
        19 => new BsonArray(Enumerable.Repeat<BsonValue>(1, 5_000)),
        _ => new BsonDocument(allowDuplicateNames: true).AddRange(Enumerable.Range(0, _random.Next(4)).Select(_ => new BsonElement(Name(), Value(depth + 1)))),
    };

    /// <summary>One operator within another, as deep as a document may go.</summary>
    private BsonValue Deep(int levels)
    {
        BsonValue value = 1;
        var name = Name();
        var isList = _random.Next(2) == 0;
        for (var level = 0; level < levels; level++)
            value = new BsonDocument(name, isList && level % 2 == 0 ? new BsonArray { value } : value);

        return value;
    }

    private T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];

    /// <summary>Deeper than the driver's own writer goes: its strictness is what a foreign client lacks.</summary>
    private static byte[] Encode(BsonDocument document)
    {
        using var stream = new MemoryStream();
        using (var writer = new BsonBinaryWriter(stream, new BsonBinaryWriterSettings { MaxSerializationDepth = 1_000 }))
            BsonDocumentSerializer.Instance.Serialize(BsonSerializationContext.CreateRoot(writer), document);

        return stream.ToArray();
    }
}
