namespace Fintech.Dashboard.Live;

/// <summary>
/// What the page shows at one moment, built once for all connections. The frames are without points: each connection adds
/// those it lacks.
/// </summary>
/// <param name="built">When, by the clock; the frames say when their numbers were read.</param>
/// <param name="warehouseFault">Why the numbers are old, as a sentence; null when they are not.</param>
/// <param name="traces">Traceparents of transactions that are first seen with this state.</param>
internal sealed class LiveState(
    long sequence,
    DateTimeOffset built,
    IReadOnlyDictionary<LiveWindow, LiveFrame> frames,
    string? warehouseFault,
    PointRing points,
    IReadOnlyList<SeriesPoint> rate,
    IReadOnlyList<string> traces)
{
    private int pushed;

    public long Sequence => sequence;

    public IReadOnlyDictionary<LiveWindow, LiveFrame> Frames => frames;

    public string? WarehouseFault => warehouseFault;

    public PointRing Points => points;

    public IReadOnlyList<SeriesPoint> Rate => rate;

    /// <summary>The traces end once, with the first connection that has received this state.</summary>
    public void RecordPush()
    {
        if (traces.Count > 0 && Interlocked.Exchange(ref pushed, 1) == 0)
            LiveMetrics.RecordPush(traces, sequence, built);
    }
}
