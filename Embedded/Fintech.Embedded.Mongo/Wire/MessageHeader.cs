using System.Buffers.Binary;

namespace Fintech.Embedded.Mongo.Wire;

internal enum OpCode
{
    Reply = 1,
    Query = 2004,
    Msg = 2013,
}

/// <summary>The 16 bytes before every message: four little-endian int32, of which the length counts the header itself.</summary>
internal readonly record struct MessageHeader(int Length, int RequestId, int ResponseTo, OpCode OpCode)
{
    public const int Size = 16;

    public static MessageHeader Read(ReadOnlySpan<byte> bytes)
    {
        var header = new MessageHeader(
            BinaryPrimitives.ReadInt32LittleEndian(bytes),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]),
            (OpCode)BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]));

        if (header.Length is < Size or > Limits.MessageBytes)
            throw new MalformedMessageException($"A message header announces {header.Length} bytes; {Size} to {Limits.MessageBytes} are possible.");

        if (header.OpCode is not (OpCode.Msg or OpCode.Query))
            throw new MalformedMessageException($"A message has the operation code {(int)header.OpCode}; only OP_MSG and OP_QUERY are spoken here.");

        return header;
    }

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(bytes, Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], RequestId);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], ResponseTo);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], (int)OpCode);
    }
}
