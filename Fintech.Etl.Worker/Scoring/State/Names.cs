namespace Fintech.Etl.Worker.Scoring.State;

/// <summary>Texts by small numbers, given in the order they are first met and never taken back: snapshots refer to them.</summary>
internal sealed class Names
{
    /// <summary>Given to what comes when the numbers are used up; all of that is taken for one.</summary>
    public const ushort Full = ushort.MaxValue;

    private readonly Dictionary<string, ushort> numbers = new(StringComparer.Ordinal);
    private readonly List<string> names = [];

    public Names(IEnumerable<string> names)
    {
        foreach (var name in names)
            NumberOf(name);
    }

    public IReadOnlyList<string> All => names;

    /// <returns>Null where it was never met.</returns>
    public ushort? Find(string name) => numbers.TryGetValue(name, out var number) ? number : names.Count == Full ? Full : null;

    public ushort NumberOf(string name)
    {
        if (Find(name) is { } known)
            return known;
        var number = (ushort)names.Count;
        names.Add(name);
        numbers.Add(name, number);
        return number;
    }
}
