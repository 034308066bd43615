using System.Buffers.Binary;
using System.Numerics;

namespace Fintech.Embedded.Mongo.Wire;

/// <summary>CRC-32C (Castagnoli), the checksum of OP_MSG; the journal uses the same, since processors compute it in hardware.</summary>
internal static class Crc32C
{
    /// <param name="bytes">What to sum up.</param>
    /// <param name="seed">The result for the bytes before these, to sum up in pieces.</param>
    public static uint Compute(ReadOnlySpan<byte> bytes, uint seed = 0)
    {
        var crc = ~seed;

        for (; bytes.Length >= 8; bytes = bytes[8..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));

        foreach (var value in bytes)
            crc = BitOperations.Crc32C(crc, value);

        return ~crc;
    }
}
