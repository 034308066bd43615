using System.Threading.Channels;

namespace Fintech.Dashboard.Live;

/// <summary>
/// One browser. It is sent states at its own pace: while one is on its way only the newest next one is kept, so that a slow
/// browser costs the memory of one frame and delays nobody. SignalR by itself would make the sender wait.
/// </summary>
internal sealed class LiveConnection(ILiveClient client, LiveMetrics metrics, ShownAlerts shown, SnapshotGate gate, LiveWindow window)
{
    private readonly Channel<LiveState> next = Channel.CreateBounded<LiveState>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
        _ => metrics.FramesDropped.Add(1));

    private volatile Wish wish = new(window);

    /// <summary>An object for each call of Subscribe: also the same window asked for again is answered by a snapshot.</summary>
    private sealed class Wish(LiveWindow window)
    {
        public LiveWindow Window => window;
    }

    public LiveWindow Window => wish.Window;

    public void Watch(LiveWindow window) => wish = new Wish(window);

    /// <summary>Never waits.</summary>
    public void Offer(LiveState state) => next.Writer.TryWrite(state);

    public async Task PumpAsync(CancellationToken cancellationToken)
    {
        Wish? answered = null;
        var seen = 0L;
        await foreach (var state in next.Reader.ReadAllAsync(cancellationToken))
        {
            // A window chosen a moment ago comes with a state built after that.
            var asked = wish;
            if (!state.Frames.TryGetValue(asked.Window, out var frame))
                continue;

            if (asked == answered)
            {
                (var message, seen) = state.Frame(asked.Window, seen);
                await client.Frame(message);
            }
            else
            {
                (var message, seen) = state.Snapshot(asked.Window);
                await gate.PassAsync(() => client.Snapshot(message), cancellationToken);
                answered = asked;
            }

            metrics.FramesSent.Add(1);
            state.RecordPush();
            shown.Sent(state.Points, seen, frame.Alerts);
        }
    }
}
