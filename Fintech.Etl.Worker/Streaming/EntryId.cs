using System.Globalization;
using StackExchange.Redis;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>Position in a stream, for example <c>1767225600000-0</c>: Unix milliseconds of arrival, then a number within them.</summary>
internal readonly record struct EntryId(ulong Milliseconds, ulong Sequence) : IComparable<EntryId>
{
    public static EntryId Zero => default;

    /// <summary>The smallest id above this one.</summary>
    public EntryId Next => Sequence == ulong.MaxValue ? new(Milliseconds + 1, 0) : new(Milliseconds, Sequence + 1);

    /// <exception cref="FormatException">The text is not two numbers joined by a hyphen.</exception>
    public static EntryId Parse(ReadOnlySpan<char> text)
    {
        var hyphen = text.IndexOf('-');
        return hyphen > 0
            && ulong.TryParse(text[..hyphen], NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            && ulong.TryParse(text[(hyphen + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
                ? new(milliseconds, sequence)
                : throw new FormatException($"'{text}' is not the id of a stream entry.");
    }

    /// <summary>As Redis sends it, without a string in between.</summary>
    public static EntryId Of(StreamEntry entry)
    {
        var text = ((ReadOnlyMemory<byte>)entry.Id).Span;
        var hyphen = text.IndexOf((byte)'-');
        return hyphen > 0
            && ulong.TryParse(text[..hyphen], NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            && ulong.TryParse(text[(hyphen + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
                ? new(milliseconds, sequence)
                : Parse((string?)entry.Id);
    }

    public int CompareTo(EntryId other) =>
        Milliseconds != other.Milliseconds ? Milliseconds.CompareTo(other.Milliseconds) : Sequence.CompareTo(other.Sequence);

    public static bool operator <(EntryId left, EntryId right) => left.CompareTo(right) < 0;

    public static bool operator >(EntryId left, EntryId right) => left.CompareTo(right) > 0;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Milliseconds}-{Sequence}");
}
