using System.Buffers.Binary;

namespace Fintech.Embedded.Mongo.Wire;

/// <summary>
/// Walks through a document without recursion and sees that its parts fit into one another, and how deep they go. The BSON library
/// descends as deep as a document does: 16 MB of <c>{ a: { a: { a: …</c> would end the process, before anybody has signed in.
/// https://bsonspec.org/spec.html
/// </summary>
internal static class BsonShape
{
    /// <summary>MongoDB's own limit.</summary>
    public const int MostLevels = 100;

    private const int LengthSize = sizeof(int);

    public static void Check(ReadOnlySpan<byte> document)
    {
        Span<int> ends = stackalloc int[MostLevels];
        var level = 0;
        var position = Enter(document, start: 0, limit: document.Length, out ends[0]);

        while (true)
        {
            // A field has to come, or the zero at the end.
            if (position >= ends[level])
                throw Broken(position);

            var type = document[position++];
            if (type == 0)
            {
                if (position != ends[level])
                    throw Broken(position);

                if (level-- == 0)
                    return;

                continue;
            }

            position += Terminated(document[position..ends[level]], position);
            if (type is 0x03 or 0x04)
            {
                if (++level == MostLevels)
                    throw new MalformedMessageException($"A document goes deeper than {MostLevels} levels.");

                position = Enter(document, position, ends[level - 1], out ends[level]);
            }
            else
            {
                position += ValueSize(type, document[position..ends[level]], position);
            }
        }
    }

    /// <summary>Begins a document: its length, itself included, then its fields, then a zero.</summary>
    private static int Enter(ReadOnlySpan<byte> document, int start, int limit, out int end)
    {
        var length = Length(document[start..limit], start);
        end = start + length;
        return length >= LengthSize + 1 && length <= limit - start ? start + LengthSize : throw Broken(start);
    }

    private static int ValueSize(byte type, ReadOnlySpan<byte> rest, int position)
    {
        var size = type switch
        {
            0x06 or 0x0A or 0xFF or 0x7F => 0,                                                  // undefined, null, MinKey, MaxKey
            0x08 => 1,                                                                          // bool
            0x10 => 4,                                                                          // int32
            0x01 or 0x09 or 0x11 or 0x12 => 8,                                                  // double, date, timestamp, int64
            0x07 => 12,                                                                         // ObjectId
            0x13 => 16,                                                                         // Decimal128
            0x02 or 0x0D or 0x0E => LengthSize + Length(rest, position),                        // string, code, symbol
            0x05 => LengthSize + 1 + Length(rest, position),                                    // binary, with its subtype
            0x0B => Terminated(rest, position) is var pattern ? pattern + Terminated(rest[pattern..], position) : 0, // regex and options
            _ => throw new MalformedMessageException($"The value at byte {position} of a document is of type {type}, which is not served here."),
        };

        return size >= 0 && size <= rest.Length ? size : throw Broken(position);
    }

    private static int Length(ReadOnlySpan<byte> bytes, int position) =>
        bytes.Length >= LengthSize && BinaryPrimitives.ReadInt32LittleEndian(bytes) is >= 0 and <= Limits.MessageBytes and var length
            ? length
            : throw Broken(position);

    /// <summary>The size of a zero-terminated string, its zero included.</summary>
    private static int Terminated(ReadOnlySpan<byte> bytes, int position) =>
        bytes.IndexOf((byte)0) is >= 0 and var length ? length + 1 : throw Broken(position);

    private static MalformedMessageException Broken(int position) =>
        new($"The parts of a document do not fit into one another at byte {position}.");
}
