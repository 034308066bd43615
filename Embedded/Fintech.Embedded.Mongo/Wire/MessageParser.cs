using System.Buffers.Binary;
using System.Text;
using MongoDB.Bson;
using MongoDB.Bson.Serialization;

namespace Fintech.Embedded.Mongo.Wire;

/// <summary>Turns the bytes of one message into the command they carry.</summary>
internal static class MessageParser
{
    private const uint ChecksumPresent = 1 << 0;
    private const uint MoreToCome = 1 << 1;

    /// <summary>The first 16 flag bits are required ones: a server that does not know one of them must refuse the message.</summary>
    private const uint UnknownRequiredBits = 0xFFFF & ~(ChecksumPresent | MoreToCome);

    public static Request Parse(byte[] message)
    {
        var header = MessageHeader.Read(message);
        try
        {
            return header.OpCode == OpCode.Msg ? ParseMsg(message, header) : ParseQuery(message, header);
        }
        catch (Exception e) when (e is not MalformedMessageException)
        {
            throw new MalformedMessageException($"A message of {message.Length} bytes could not be read: {e.Message}", e);
        }
    }

    /// <summary>
    /// OP_MSG: flags, then sections, then perhaps a CRC-32C. Section kind 0 is the command's body; kind 1 is a length, a name
    /// and documents end to end, as in <c>1, 312, "documents", {…}, {…}</c>.
    /// </summary>
    private static Request ParseMsg(byte[] message, MessageHeader header)
    {
        var flags = BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(MessageHeader.Size));
        if ((flags & UnknownRequiredBits) != 0)
            throw new MalformedMessageException($"A message sets required flag bits unknown here: 0x{flags & UnknownRequiredBits:x4}.");

        var end = message.Length;
        if ((flags & ChecksumPresent) != 0)
        {
            end -= sizeof(uint);
            if (Crc32C.Compute(message.AsSpan(0, end)) != BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(end)))
                throw new MalformedMessageException("A message does not match its checksum.");
        }

        BsonDocument? body = null;
        var sequences = new Dictionary<string, List<BsonDocument>>();
        var position = MessageHeader.Size + sizeof(uint);

        while (position < end)
        {
            switch (message[position++])
            {
                case 0 when body is null:
                    body = BsonSerializer.Deserialize<BsonDocument>(TakeDocument(message, ref position, end));
                    break;

                case 1:
                    var (name, documents) = TakeSequence(message, ref position, end);
                    if (!sequences.TryAdd(name, documents))
                        throw new MalformedMessageException($"A message holds the section '{name}' twice.");
                    break;

                case var kind:
                    throw new MalformedMessageException($"A message holds a section of kind {kind}, or a second body.");
            }
        }

        if (body is null || body.ElementCount == 0)
            throw new MalformedMessageException("A message holds no command.");

        if (!body.TryGetValue("$db", out var database) || !database.IsString)
            throw new MalformedMessageException("A command does not name its database in '$db'.");

        return new Request
        {
            Id = header.RequestId,
            OpCode = OpCode.Msg,
            Body = body,
            Database = database.AsString,
            ExpectsReply = (flags & MoreToCome) == 0,
            Sequences = sequences,
        };
    }

    /// <summary>OP_QUERY, which is left for the first hello: flags, <c>"admin.$cmd"</c>, skip, limit, the command.</summary>
    private static Request ParseQuery(byte[] message, MessageHeader header)
    {
        var position = MessageHeader.Size + sizeof(int);
        var collection = TakeString(message, ref position, message.Length);
        position += 2 * sizeof(int);
        var body = BsonSerializer.Deserialize<BsonDocument>(TakeDocument(message, ref position, message.Length));

        if (!collection.EndsWith(".$cmd", StringComparison.Ordinal) || body.ElementCount == 0)
            throw new MalformedMessageException($"An OP_QUERY asks '{collection}'; only commands are served that way.");

        return new Request { Id = header.RequestId, OpCode = OpCode.Query, Body = body, Database = collection[..^".$cmd".Length] };
    }

    private static (string Name, List<BsonDocument> Documents) TakeSequence(byte[] message, ref int position, int end)
    {
        var start = position;
        var length = TakeLength(message, ref position, end, least: sizeof(int) + 1);
        var sequenceEnd = start + length;
        var name = TakeString(message, ref position, sequenceEnd);
        var documents = new List<BsonDocument>();

        while (position < sequenceEnd)
            documents.Add(new RawBsonDocument(TakeDocument(message, ref position, sequenceEnd)));

        return (name, documents);
    }

    private static byte[] TakeDocument(byte[] message, ref int position, int end)
    {
        var start = position;
        var length = TakeLength(message, ref position, end, least: 5);
        position = start + length;
        BsonShape.Check(message.AsSpan(start, length));
        return message[start..position];
    }

    private static int TakeLength(byte[] message, ref int position, int end, int least)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(message.AsSpan(position, sizeof(int)));
        if (length < least || length > end - position)
            throw new MalformedMessageException($"The part at byte {position} of a message announces {length} bytes; {end - position} are left.");

        position += sizeof(int);
        return length;
    }

    private static string TakeString(byte[] message, ref int position, int end)
    {
        var length = message.AsSpan(position, end - position).IndexOf((byte)0);
        if (length < 0)
            throw new MalformedMessageException($"The string at byte {position} of a message does not end.");

        var text = Encoding.UTF8.GetString(message, position, length);
        position += length + 1;
        return text;
    }
}
