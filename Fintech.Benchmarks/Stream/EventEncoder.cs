using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Fintech.Contracts;

namespace Fintech.Benchmarks.Stream;

/// <summary>
/// Writes XADD commands with transactions as the product's own producer makes them, from a fixed seed. Everything that can be made
/// before the measurement is.
/// </summary>
internal sealed class EventEncoder
{
    private const int Merchants = 1_000;
    private const int Amounts = 1 << 16;
    private const int TransactionIdLength = 36;

    private readonly byte[][] heads;
    private readonly byte[] partitionOf;
    private readonly int[] cents = new int[Amounts];
    private readonly byte[][] merchants = [.. Enumerable.Range(0, Merchants).Select(i => Encoding.UTF8.GetBytes($"Merchant {i:0000}"))];
    private readonly byte[] payload = new byte[512];
    private readonly int customers;
    private ulong random = 0x9E37_79B9_7F4A_7C15;
    private byte[] timestamp = [];
    private long lastMillisecond;
    private long serial;

    /// <param name="streamPrefix">Before the number of the partition; the real one is <c>transactions:</c>.</param>
    public EventEncoder(string streamPrefix, int customers)
    {
        this.customers = customers;
        heads = [.. Enumerable.Range(0, Partitioner.DefaultPartitions).Select(partition =>
        {
            var command = Encoding.UTF8.GetString(RedisPipe.Encode("XADD", $"{streamPrefix}{partition}", "*", StreamNames.PayloadField));
            return Encoding.UTF8.GetBytes("*5" + command[2..]);     // The payload is the fifth word.
        })];
        partitionOf = [.. Enumerable.Range(0, customers + 1).Select(customer => (byte)Partitioner.PartitionOf(customer, Partitioner.DefaultPartitions))];
        var seeded = new Random(7);
        for (var i = 0; i < Amounts; i++)
            cents[i] = (int)(Math.Exp(3.5 + 1.3 * Normal(seeded)) * 100) + 1;   // Half of them under 33, one in four thousand over 3,000.
    }

    /// <summary>Sum of the amounts written so far, in hundredths.</summary>
    public long Cents { get; private set; }

    /// <returns>Length of the command written; 700 bytes are always enough.</returns>
    public int Write(Span<byte> destination, DateTime now)
    {
        var millisecond = now.Ticks / TimeSpan.TicksPerMillisecond;
        if (millisecond != lastMillisecond)
        {
            lastMillisecond = millisecond;
            timestamp = Encoding.UTF8.GetBytes(now.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
        }

        var customer = 1 + (int)(Next() % (ulong)customers);
        var length = WritePayload(customer);
        var head = heads[partitionOf[customer]];
        head.CopyTo(destination);
        var position = head.Length;
        destination[position++] = (byte)'$';
        Utf8Formatter.TryFormat(length, destination[position..], out var digits);
        position += digits;
        "\r\n"u8.CopyTo(destination[position..]);
        payload.AsSpan(0, length).CopyTo(destination[(position + 2)..]);
        "\r\n"u8.CopyTo(destination[(position + 2 + length)..]);
        return position + length + 4;
    }

    private int WritePayload(int customer)
    {
        var (position, amount) = (0, cents[Next() % Amounts]);
        Cents += amount;
        Append("{\"transaction_id\":\""u8);
        WriteId(payload.AsSpan(position, TransactionIdLength));
        position += TransactionIdLength;
        Append("\",\"customer_id\":"u8);
        Number(customer, default);
        Append(",\"amount\":"u8);
        Number(amount / 100, default);
        payload[position++] = (byte)'.';
        Number(amount % 100, new('D', 2));
        Append(",\"merchant_name\":\""u8);
        Append(merchants[Next() % Merchants]);
        Append("\",\"timestamp\":\""u8);
        Append(timestamp);
        Append("\"}"u8);
        return position;

        void Append(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(payload.AsSpan(position));
            position += bytes.Length;
        }

        void Number(int value, System.Buffers.StandardFormat format)
        {
            Utf8Formatter.TryFormat(value, payload.AsSpan(position), out var written, format);
            position += written;
        }
    }

    /// <summary>In the shape of a version 7 UUID: in order of time to the millisecond, random within it.</summary>
    private void WriteId(Span<byte> text)
    {
        var unix = (ulong)(lastMillisecond - DateTime.UnixEpoch.Ticks / TimeSpan.TicksPerMillisecond);
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bytes, unix << 16 | 0x7000 | Next() & 0xFFF);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], 0x8000_0000_0000_0000 | Next() << 34 >> 2 | (ulong)serial++ & 0xFFFF_FFFF);
        Utf8Formatter.TryFormat(new Guid(bytes, bigEndian: true), text, out _);
    }

    /// <summary>xorshift64*</summary>
    private ulong Next()
    {
        random ^= random >> 12;
        random ^= random << 25;
        random ^= random >> 27;
        return (random * 0x2545_F491_4F6C_DD1D) >> 8;
    }

    private static double Normal(Random seeded) =>
        Math.Sqrt(-2 * Math.Log(1 - seeded.NextDouble())) * Math.Cos(2 * Math.PI * seeded.NextDouble());
}
