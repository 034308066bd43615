using System.Collections.Concurrent;
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
    private const int MaxPointsPerFrame = 200;

    private readonly ConcurrentDictionary<(LiveView View, long Seen, bool WithTrend, bool WithRaised), Lazy<PreparedMessage>> prepared = new();
    private int pushed;

    public long Sequence => sequence;

    public IReadOnlyDictionary<LiveView, LiveFrame> Frames => frames;

    public string? WarehouseFault => warehouseFault;

    /// <summary>Those of everything where a filter has none of its own.</summary>
    public PointRing PointsOf(LiveFilter filter) => filtered?.GetValueOrDefault(filter) ?? points;

    /// <param name="seen">Number of the newest point the connection has. Those that keep up have seen the same, and share the message.</param>
    /// <param name="withTrend">Whether the connection has another trend, or none.</param>
    /// <param name="withRaised">Whether it has other raised alerts, or none.</param>
    public PreparedMessage Frame(LiveView view, long seen, bool withTrend, bool withRaised) => Share(view, seen, withTrend, withRaised, () =>
    {
        var frame = frames[view];
        var (unseen, newest) = PointsOf(view.Filter).Since(seen, MaxPointsPerFrame);
        return new PreparedMessage(Prepared.From(frame with { Points = unseen, Trend = withTrend ? frame.Trend : null, Raised = withRaised ? frame.Raised : null }), newest);
    });

    public PreparedMessage Snapshot(LiveView view) => Share(view, EverythingUnseen, withTrend: true, withRaised: true, () =>
    {
        var (all, newest) = PointsOf(view.Filter).All();
        return new PreparedMessage(Prepared.From(new LiveSnapshot(frames[view], all, view.Filter.IsNone ? rate : [])), newest);
    });

    /// <summary>The traces end once, with the first connection that has received this state.</summary>
    public void RecordPush()
    {
        if (traces.Count > 0 && Interlocked.Exchange(ref pushed, 1) == 0)
            LiveMetrics.RecordPush(traces, sequence, built);
    }

    private const long EverythingUnseen = -1;

    private PreparedMessage Share(LiveView view, long seen, bool withTrend, bool withRaised, Func<PreparedMessage> prepare) =>
        prepared.GetOrAdd((view, seen, withTrend, withRaised), _ => new Lazy<PreparedMessage>(prepare)).Value;
}

/// <param name="Newest">Number of the newest point in it: where the connection goes on from.</param>
internal sealed record PreparedMessage(Prepared Message, long Newest);
