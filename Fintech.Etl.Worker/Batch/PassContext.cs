using Fintech.Etl.Worker.Privacy;

namespace Fintech.Etl.Worker.Batch;

/// <summary>What every step of one pass knows.</summary>
/// <param name="StartedAt">UTC, in whole microseconds, as the warehouse keeps it: arrival time and load id of everything loaded.</param>
internal sealed record PassContext(long RunId, DateTime StartedAt, BatchRequest Request, BatchOptions Options, PiiKey Key)
{
    public PassPrivacy Privacy { get; init; } = PassPrivacy.Default;
}

/// <summary>What a pass is closed or rolled back on.</summary>
internal sealed record PassTotals
{
    public Tally SourceSaid { get; init; }
    public Tally Read { get; init; }
    public Tally Loaded { get; init; }
    public Tally Quarantined { get; init; }
    public Tally Known { get; init; }
    public Tally CategoriesGrew { get; init; }
    public Tally MinutesGrew { get; init; }

    public static PassTotals operator +(PassTotals left, PassTotals right) => new()
    {
        SourceSaid = left.SourceSaid + right.SourceSaid,
        Read = left.Read + right.Read,
        Loaded = left.Loaded + right.Loaded,
        Quarantined = left.Quarantined + right.Quarantined,
        Known = left.Known + right.Known,
        CategoriesGrew = left.CategoriesGrew + right.CategoriesGrew,
        MinutesGrew = left.MinutesGrew + right.MinutesGrew,
    };
}
