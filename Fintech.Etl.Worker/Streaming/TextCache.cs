using System.IO.Hashing;
using System.Text.Json;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>
/// Strings that come again and again, such as merchant names, made once. Bounded: each text has one slot, and takes it from whichever
/// had it before. A slot is read and replaced whole, so that partitions share the cache without a lock.
/// </summary>
/// <param name="slots">A power of two.</param>
internal sealed class TextCache(int slots)
{
    /// <summary>A longer text is most likely no name, and is not worth its bytes here.</summary>
    private const int Longest = 256;

    private readonly Known?[] known = new Known?[slots];

    private sealed record Known(byte[] Utf8, string Text);

    /// <param name="value">At a string.</param>
    /// <exception cref="InvalidOperationException">Its bytes are no text.</exception>
    public string Get(ref Utf8JsonReader value)
    {
        var utf8 = value.ValueSpan;
        if (value.ValueIsEscaped || utf8.Length > Longest)
            return value.GetString()!;

        ref var slot = ref known[XxHash3.HashToUInt64(utf8) & (ulong)(known.Length - 1)];
        if (Volatile.Read(ref slot) is { } held && utf8.SequenceEqual(held.Utf8))
            return held.Text;

        var text = value.GetString()!;
        Volatile.Write(ref slot, new Known(utf8.ToArray(), text));
        return text;
    }
}
