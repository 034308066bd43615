using Fintech.Dashboard.Live.Filters;

namespace Fintech.Dashboard.Live;

/// <summary>
/// What the page shows at one moment, built once for all connections. The frames are without points: each connection adds
/// those it lacks.
/// </summary>
/// <param name="built">When, by the clock; the frames say when their numbers were read.</param>
/// <param name="warehouseFault">Why the numbers are old, as a sentence; null when they are not.</param>
/// <param name="filtered">The points of filters; the others are of everything.</param>
/// <param name="traces">Traceparents of transactions that are first seen with this state.</param>
internal sealed class LiveState(
    long sequence,
    DateTimeOffset built,
    IReadOnlyDictionary<LiveView, LiveFrame> frames,
    string? warehouseFault,
    PointRing points,
    IReadOnlyList<SeriesPoint> rate,
    IReadOnlyList<string> traces,
    IReadOnlyDictionary<LiveFilter, PointRing>? filtered = null)
{
    private int pushed;

    public long Sequence => sequence;

    public IReadOnlyDictionary<LiveView, LiveFrame> Frames => frames;

    public string? WarehouseFault => warehouseFault;

    /// <summary>Those of everything where a filter has none of its own.</summary>
    public PointRing PointsOf(LiveFilter filter) => filtered?.GetValueOrDefault(filter) ?? points;

    public IReadOnlyList<SeriesPoint> Rate => rate;

    /// <summary>The traces end once, with the first connection that has received this state.</summary>
    public void RecordPush()
    {
        if (traces.Count > 0 && Interlocked.Exchange(ref pushed, 1) == 0)
            LiveMetrics.RecordPush(traces, sequence, built);
    }
}
