using System.Collections.Concurrent;

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
    private const int MaxPointsPerFrame = 200;

    private readonly ConcurrentDictionary<(LiveWindow Window, long Seen), Lazy<PreparedMessage>> prepared = new();
    private int pushed;

    public long Sequence => sequence;

    public IReadOnlyDictionary<LiveWindow, LiveFrame> Frames => frames;

    public string? WarehouseFault => warehouseFault;

    public PointRing Points => points;

    /// <param name="seen">Number of the newest point the connection has. Those that keep up have seen the same, and share the message.</param>
    public PreparedMessage Frame(LiveWindow window, long seen) => Share(window, seen, () =>
    {
        var (unseen, newest) = points.Since(seen, MaxPointsPerFrame);
        return new PreparedMessage(Prepared.From(frames[window] with { Points = unseen }), newest);
    });

    public PreparedMessage Snapshot(LiveWindow window) => Share(window, EverythingUnseen, () =>
    {
        var (all, newest) = points.All();
        return new PreparedMessage(Prepared.From(new LiveSnapshot(frames[window], all, rate)), newest);
    });

    /// <summary>The traces end once, with the first connection that has received this state.</summary>
    public void RecordPush()
    {
        if (traces.Count > 0 && Interlocked.Exchange(ref pushed, 1) == 0)
            LiveMetrics.RecordPush(traces, sequence, built);
    }

    private const long EverythingUnseen = -1;

    private PreparedMessage Share(LiveWindow window, long seen, Func<PreparedMessage> prepare) =>
        prepared.GetOrAdd((window, seen), _ => new Lazy<PreparedMessage>(prepare)).Value;
}

/// <param name="Newest">Number of the newest point in it: where the connection goes on from.</param>
internal sealed record PreparedMessage(Prepared Message, long Newest);
