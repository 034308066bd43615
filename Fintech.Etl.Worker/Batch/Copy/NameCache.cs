using System.Runtime.CompilerServices;
using System.Text;

namespace Fintech.Etl.Worker.Batch.Copy;

/// <summary>One string for each of the names that come again and again. Bounded: names without end only cost their own memory.</summary>
internal sealed class NameCache
{
    private const int MostNames = 50_000;
    private const int LongestName = 256;

    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> lookup;

    public NameCache() => lookup = names.GetAlternateLookup<ReadOnlySpan<char>>();

    [MethodImpl(Hot.Path)]
    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > LongestName)
            return Encoding.UTF8.GetString(utf8);

        Span<char> characters = stackalloc char[LongestName];
        var name = characters[..Encoding.UTF8.GetChars(utf8, characters)];
        if (lookup.TryGetValue(name, out var known))
            return known;
        if (names.Count >= MostNames)
            names.Clear();
        var added = name.ToString();
        names.Add(added);
        return added;
    }
}
