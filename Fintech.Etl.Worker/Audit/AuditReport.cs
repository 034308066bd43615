using Fintech.Etl.Worker.Batch;

namespace Fintech.Etl.Worker.Audit;

/// <param name="Actor">Who asked, for <c>etl.audit</c>: schedule, or command: and the name of the system's user.</param>
/// <param name="BlockSize">How many ids are compared by one count and one sum.</param>
internal sealed record AuditRequest(string Actor, bool Repair, long BlockSize)
{
    public const long MostBlockSize = 1_000_000_000;
}

/// <summary>Rows that differ in one way, with a few of their ids.</summary>
internal sealed record Difference(string Kind, long Rows, IReadOnlyList<string> Sample)
{
    public const string Changed = "changed";
    public const string Deleted = "deleted";
    public const string Missing = "missing";

    public static readonly IReadOnlyList<string> Kinds = [Changed, Deleted, Missing];
}

/// <summary>What was put right, and in which run.</summary>
internal sealed record Repair(long RunId, long Removed, Tally Loaded, Tally Quarantined);

/// <param name="Source">Of the ids compared by block; those that are or were in quarantine are <paramref name="Aside"/>.</param>
/// <param name="Differences">One of each kind.</param>
/// <param name="Repair">Null where nothing was to be put right, or nobody asked for it.</param>
internal sealed record AuditReport(
    string SourceSystem, long BlockSize, int Blocks, IReadOnlyList<long> Differing, int Aside, Tally Source, Tally Warehouse,
    IReadOnlyList<Difference> Differences, Repair? Repair)
{
    public long DifferingRows => Differences.Sum(difference => difference.Rows);

    public bool IsClean => DifferingRows == 0 || Repair is not null;

    public long Rows(string kind) => Differences.Single(difference => difference.Kind == kind).Rows;
}
