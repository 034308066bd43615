namespace Fintech.Embedded.Telemetry.Store;

/// <summary>One process that sends telemetry: the resource's name and, where it has replicas, which of them.</summary>
internal sealed record Origin(string Resource, string Instance);

/// <summary>A resource's name and the place of its colour in the palette.</summary>
internal sealed record ResourceName(string Name, int Colour);

/// <summary>
/// The resources seen so far. Names get a colour by their hash, so that a service keeps its own from one start to the next,
/// or the next free one where that is taken. Both tables are bounded: a process has few resources, a hostile body many.
/// </summary>
internal sealed class ResourceRegistry
{
    /// <summary>The palette's first places stand furthest apart; the rest are for when those are taken.</summary>
    private const int FirstColours = 5;
    private const int Colours = 8;
    private const int MaxNames = 64;
    private const int MaxOrigins = 512;
    private const string Overflow = "(other resources)";
    private readonly Lock gate = new();
    private readonly Dictionary<string, ResourceName> names = new(StringComparer.Ordinal);
    private readonly Dictionary<Origin, Origin> origins = [];

    public Origin Unnamed => Find("", "");

    public IReadOnlyList<ResourceName> Names
    {
        get
        {
            lock (gate)
                return [.. names.Values.OrderBy(name => name.Name, StringComparer.Ordinal)];
        }
    }

    public Origin Find(string name, string instance)
    {
        name = name.Length == 0 ? "(unnamed)" : Cut(name, 100);
        lock (gate)
        {
            if (!names.ContainsKey(name))
                name = Register(names.Count < MaxNames ? name : Overflow);

            var origin = new Origin(name, Cut(instance, 100));
            if (origins.TryGetValue(origin, out var known))
                return known;

            // What still refers to a forgotten origin keeps it alive and equal to its successor.
            if (origins.Count == MaxOrigins)
                origins.Clear();

            origins.Add(origin, origin);
            return origin;
        }
    }

    private string Register(string name)
    {
        if (names.ContainsKey(name))
            return name;

        var wanted = (int)(name.Aggregate(2166136261u, (hash, letter) => (hash ^ letter) * 16777619) % FirstColours);
        var taken = names.Values.Select(other => other.Colour).ToHashSet();
        var colour = Enumerable.Range(wanted, FirstColours).Select(place => place % FirstColours)
            .Concat(Enumerable.Range(FirstColours, Colours - FirstColours))
            .FirstOrDefault(place => !taken.Contains(place), wanted);
        names.Add(name, new ResourceName(name, colour));
        return name;
    }

    private static string Cut(string text, int length) => text.Length > length ? text[..length] : text;
}
