using System.Threading.Channels;
using Fintech.Dashboard.Live.Filters;

namespace Fintech.Dashboard.Live;

/// <summary>
/// One browser. It is sent states at its own pace: while one is on its way only the newest next one is kept, so that a slow
/// browser costs the memory of one frame and delays nobody. SignalR by itself would make the sender wait.
/// </summary>
internal sealed class LiveConnection(ILiveClient client, LiveMetrics metrics, ShownAlerts shown, SnapshotGate gate, LiveView view)
{
    private readonly Channel<LiveState> next = Channel.CreateBounded<LiveState>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
        _ => metrics.FramesDropped.Add(1));

    private volatile Wish wish = new(view);

    /// <summary>An object for each call of Subscribe: also the same asked for again is answered by a snapshot.</summary>
    private sealed class Wish(LiveView view)
    {
        public LiveView View => view;
    }

    public LiveView View => wish.View;

    public void Watch(LiveView view) => wish = new Wish(view);

    /// <summary>Never waits.</summary>
    public void Offer(LiveState state) => next.Writer.TryWrite(state);

    public async Task PumpAsync(CancellationToken cancellationToken)
    {
        Wish? answered = null;
        PointRing? answeredFrom = null;
        TrendState? trend = null;
        IReadOnlyList<AlertItem>? raised = null;
        var seen = 0L;
        await foreach (var state in next.Reader.ReadAllAsync(cancellationToken))
        {
            // What was chosen a moment ago comes with a state built after that.
            var asked = wish;
            if (!state.Frames.TryGetValue(asked.View, out var frame))
                continue;

            // Once a filter was read for the first time its points are others: then the page begins anew with them.
            var ring = state.PointsOf(asked.View.Filter);
            if (asked == answered && ring == answeredFrom)
            {
                (var message, seen) = state.Frame(asked.View, seen, withTrend: frame.Trend != trend, withRaised: frame.Raised != raised);
                await client.Frame(message);
            }
            else
            {
                (var message, seen) = state.Snapshot(asked.View);
                await gate.PassAsync(() => client.Snapshot(message), cancellationToken);
                (answered, answeredFrom) = (asked, ring);
            }

            (trend, raised) = (frame.Trend, frame.Raised);
            metrics.FramesSent.Add(1);
            state.RecordPush();
            shown.Sent(ring, seen, frame.Alerts);
        }
    }
}
