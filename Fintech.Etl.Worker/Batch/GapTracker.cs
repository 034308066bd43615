using System.Runtime.CompilerServices;
using Fintech.Etl.Worker.Batch.Copy;

namespace Fintech.Etl.Worker.Batch;

/// <summary>Ids from <paramref name="Low"/> to <paramref name="High"/>, both included, that were not there.</summary>
internal readonly record struct Gap(long Low, long High, DateTime NoticedAt);

/// <summary>
/// Ids are given out before their transactions commit, so an id below the highest one seen may still appear: every id that
/// was skipped is remembered as part of a gap. Takes the ids of one pass in ascending order, holes filled and new rows alike.
/// </summary>
internal sealed class GapTracker(long? lastId, IReadOnlyList<Gap> known, DateTime now)
{
    /// <summary>Where ids can begin: before the first pass nothing is known, also not that ids are positive.</summary>
    public const long LowestId = int.MinValue;

    /// <summary>
    /// More holes than this are merged with the rows between them. Reading a known row once more is harmless, and a source that
    /// counts in twos would otherwise leave one hole per row.
    /// </summary>
    public const int MostRanges = 1_000;

    private readonly List<Gap> open = [];
    private long next = lastId is { } last ? last + 1 : LowestId;
    private int knownIndex;
    private Gap? current = known.Count > 0 ? known[0] : null;

    /// <summary>The highest id seen so far; null while there never was a row.</summary>
    public long? LastId { get; private set; } = lastId;

    [MethodImpl(Hot.Path)]
    public void Observe(long id)
    {
        if (id < next)
        {
            FillHole(id);
            return;
        }

        KeepRest();
        if (id > next)
            Add(new Gap(next, id - 1, now));
        next = id + 1;
        LastId = id;
    }

    /// <summary>
    /// The gaps to remember, ascending. Those noticed longer ago than <paramref name="retention"/> are given up: they were read
    /// one last time by this very pass, however long the pause before it.
    /// </summary>
    public IReadOnlyList<Gap> Complete(TimeSpan retention)
    {
        KeepRest();
        open.RemoveAll(gap => gap.NoticedAt <= now - retention && gap.NoticedAt < now);
        return Merge(open);
    }

    private void FillHole(long id)
    {
        while (current is { } passed && passed.High < id)
            Keep(passed);

        if (current is not { } hole || id < hole.Low)
            return;     // A known row between two holes that were merged.

        if (id > hole.Low)
            Add(hole with { High = id - 1 });
        if (id < hole.High)
            current = hole with { Low = id + 1 };
        else
            Advance();
    }

    /// <summary>All known gaps lie below the first new id, so the list stays in ascending order.</summary>
    private void KeepRest()
    {
        while (current is { } rest)
            Keep(rest);
    }

    private void Keep(Gap gap)
    {
        Add(gap);
        Advance();
    }

    private void Advance() => current = ++knownIndex < known.Count ? known[knownIndex] : null;

    private void Add(Gap gap)
    {
        open.Add(gap);
        if (open.Count < 2 * MostRanges)
            return;

        var merged = Merge(open);
        open.Clear();
        open.AddRange(merged);
    }

    private static IReadOnlyList<Gap> Merge(IReadOnlyList<Gap> gaps)
    {
        for (long island = 1; gaps.Count > MostRanges; island *= 2)
        {
            var merged = new List<Gap> { gaps[0] };
            foreach (var gap in gaps.Skip(1))
            {
                var before = merged[^1];
                if (gap.Low - before.High - 1 <= island)
                    merged[^1] = new Gap(before.Low, gap.High, before.NoticedAt > gap.NoticedAt ? before.NoticedAt : gap.NoticedAt);
                else
                    merged.Add(gap);
            }

            gaps = merged;
        }

        return gaps;
    }
}
