using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Fintech.Embedded.Telemetry.Otlp;

/// <summary>16 bytes, written as 32 hex digits: <c>0af7651916cd43dd8448eb211c80319c</c>.</summary>
internal readonly record struct TraceId(ulong High, ulong Low)
{
    public bool IsZero => (High | Low) == 0;

    public static TraceId Read(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));

    public static bool TryParse([NotNullWhen(true)] string? hex, out TraceId id)
    {
        id = default;
        if (hex is not { Length: 32 }
            || !ulong.TryParse(hex.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var high)
            || !ulong.TryParse(hex.AsSpan(16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var low))
            return false;

        id = new TraceId(high, low);
        return true;
    }

    public override string ToString() => $"{High:x16}{Low:x16}";
}

/// <summary>8 bytes, written as 16 hex digits: <c>b7ad6b7169203331</c>; zero stands for none.</summary>
internal readonly record struct SpanId(ulong Value)
{
    public bool IsZero => Value == 0;

    public static SpanId Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt64BigEndian(bytes));

    public static bool TryParse([NotNullWhen(true)] string? hex, out SpanId id)
    {
        var valid = ulong.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) && hex!.Length == 16;
        id = new SpanId(valid ? value : 0);
        return valid;
    }

    public override string ToString() => $"{Value:x16}";
}
