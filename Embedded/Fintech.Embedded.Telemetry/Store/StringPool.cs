namespace Fintech.Embedded.Telemetry.Store;

/// <summary>
/// Names repeat in every export; each is kept once, and no longer than a name is. When the pool is full it starts afresh,
/// which costs a few duplicates, never memory without end.
/// </summary>
internal sealed class StringPool
{
    private const int MaxStrings = 4_096;
    private const int MaxLength = 250;
    private readonly Lock gate = new();
    private readonly HashSet<string> strings = new(StringComparer.Ordinal);

    public string Share(string text)
    {
        if (text.Length == 0)
            return "";

        if (text.Length > MaxLength)
            text = text[..MaxLength] + "…";

        lock (gate)
        {
            if (strings.TryGetValue(text, out var shared))
                return shared;

            if (strings.Count == MaxStrings)
                strings.Clear();

            strings.Add(text);
            return text;
        }
    }
}
