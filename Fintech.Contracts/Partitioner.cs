using System.Globalization;
using System.IO.Hashing;

namespace Fintech.Contracts;

/// <summary>Which stream a customer's transactions travel on.</summary>
public static class Partitioner
{
    public const int DefaultPartitions = 8;

    /// <summary>
    /// CRC-32 (ISO-HDLC, as zlib computes it) of the UTF-8 decimal customer id, modulo the number of partitions.
    /// A function that any language can compute, so that foreign producers can write to the streams themselves.
    /// </summary>
    public static int PartitionOf(long customerId, int partitions)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(partitions);
        Span<byte> digits = stackalloc byte[20];
        customerId.TryFormat(digits, out int length, default, CultureInfo.InvariantCulture);
        return (int)(Crc32.HashToUInt32(digits[..length]) % (uint)partitions);
    }
}
