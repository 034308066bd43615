using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Fintech.Etl.Worker.Batch.Copy;

/// <summary>
/// PostgreSQL's numeric on the wire: count of digits, weight of the first, sign and scale, 16 bits each, then the digits in base
/// 10,000. 1234567.89 is [123, 4567, 8900] with weight 1.
/// </summary>
internal static class PgNumeric
{
    /// <summary>Header and as many digits as a long with two decimals can need.</summary>
    public const int MostBytes = 8 + 6 * sizeof(short);

    private const int Base = 10_000;
    private const short Negative = 0x4000;
    private const int HeaderBytes = 8;

    /// <returns>Null for NaN and the infinities, which no decimal can hold.</returns>
    /// <exception cref="OverflowException">More digits than a decimal holds: the schema contract does not let such a column pass.</exception>
    [MethodImpl(Hot.Path)]
    public static decimal? Read(ReadOnlySpan<byte> bytes)
    {
        var count = BinaryPrimitives.ReadInt16BigEndian(bytes);
        var weight = BinaryPrimitives.ReadInt16BigEndian(bytes[2..]);
        var sign = BinaryPrimitives.ReadInt16BigEndian(bytes[4..]);
        int scale = BinaryPrimitives.ReadInt16BigEndian(bytes[6..]);
        if (sign is not (0 or Negative))
            return null;

        var digits = bytes[HeaderBytes..];
        return weight + 1 + (scale + 3) / 4 <= 4
            ? Short(digits, count, weight, scale, sign == Negative)
            : Long(digits, count, weight, scale, sign == Negative);
    }

    /// <returns>The number of bytes written to <paramref name="destination"/>, at most <see cref="MostBytes"/>.</returns>
    /// <exception cref="OverflowException">Not in the range of a long number of hundredths.</exception>
    [MethodImpl(Hot.Path)]
    public static int WriteHundredths(Span<byte> destination, long hundredths)
    {
        var magnitude = (ulong)Math.Abs(hundredths);
        var whole = magnitude / 100;
        Span<short> digits = stackalloc short[6];
        var first = digits.Length - 1;
        digits[first] = (short)(magnitude % 100 * 100);
        while (whole > 0)
        {
            digits[--first] = (short)(whole % Base);
            whole /= Base;
        }

        var weight = digits.Length - first - 2;
        var last = digits.Length;
        while (last > first && digits[last - 1] == 0)
            last--;     // As PostgreSQL itself keeps them: without zeros at the end.
        if (last == first)
            weight = 0;

        BinaryPrimitives.WriteInt16BigEndian(destination, (short)(last - first));
        BinaryPrimitives.WriteInt16BigEndian(destination[2..], (short)weight);
        BinaryPrimitives.WriteInt16BigEndian(destination[4..], hundredths < 0 ? Negative : (short)0);
        BinaryPrimitives.WriteInt16BigEndian(destination[6..], 2);
        for (var i = first; i < last; i++)
            BinaryPrimitives.WriteInt16BigEndian(destination[(HeaderBytes + (i - first) * 2)..], digits[i]);
        return HeaderBytes + (last - first) * 2;
    }

    /// <summary>Up to 16 digits: a long holds them.</summary>
    [MethodImpl(Hot.Path)]
    private static decimal Short(ReadOnlySpan<byte> digits, int count, int weight, int scale, bool negative)
    {
        var groups = weight + 1 + (scale + 3) / 4;
        var value = 0L;
        for (var i = 0; i < groups; i++)
            value = value * Base + (i < count ? BinaryPrimitives.ReadInt16BigEndian(digits[(i * 2)..]) : 0);

        // The last group has four decimals; of them, as many as the scale says are real.
        value /= ((scale + 3) / 4 * 4 - scale) switch { 0 => 1, 1 => 10, 2 => 100, _ => 1000 };
        return new decimal((int)value, (int)(value >> 32), 0, negative, (byte)scale);
    }

    private static decimal Long(ReadOnlySpan<byte> digits, int count, int weight, int scale, bool negative)
    {
        var value = 0m;
        for (var i = 0; i < count; i++)
        {
            var digit = (decimal)BinaryPrimitives.ReadInt16BigEndian(digits[(i * 2)..]);
            for (var power = weight - i; power > 0; power--)
                digit *= Base;
            for (var power = weight - i; power < 0; power++)
                digit /= Base;
            value += digit;
        }

        value = Math.Round(value, Math.Min(scale, 28));
        return negative ? -value : value;
    }
}
