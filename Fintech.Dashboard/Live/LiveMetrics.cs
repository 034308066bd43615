using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Fintech.Dashboard.Live;

/// <summary>Source and meter of the dashboard, named as the application, so that the service defaults pick them up.</summary>
internal sealed class LiveMetrics
{
    public const string Name = "Fintech.Dashboard";

    private static readonly ActivitySource Source = new(Name);

    public LiveMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        Clients = meter.CreateUpDownCounter<int>("fintech.dashboard.clients", "{client}", "Browsers that watch a window.");
        FramesSent = meter.CreateCounter<long>("fintech.dashboard.frames.sent", "{frame}", "Frames and snapshots handed to a connection.");
        FramesDropped = meter.CreateCounter<long>(
            "fintech.dashboard.frames.dropped", "{frame}", "Frames a slow connection missed because a newer one replaced them.");
        FilterDuration = meter.CreateHistogram<double>("fintech.dashboard.filter.duration", "s", "One reading of the facts of one filter, or of the merchants.");
        ReadDuration = meter.CreateHistogram<double>("fintech.dashboard.read.duration", "s", "One reading of the warehouse.");
    }

    public UpDownCounter<int> Clients { get; }

    public Counter<long> FramesSent { get; }

    public Counter<long> FramesDropped { get; }

    public Histogram<double> FilterDuration { get; }

    public Histogram<double> ReadDuration { get; }

    /// <summary>Ends each of the traces that began at a producer: here the transaction has reached a page.</summary>
    /// <param name="traceparents">For example <c>00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01</c>.</param>
    public static void RecordPush(IReadOnlyList<string> traceparents, long sequence, DateTimeOffset built)
    {
        foreach (var traceparent in traceparents)
        {
            if (!ActivityContext.TryParse(traceparent, null, isRemote: true, out var parent))
                continue;

            using var push = Source.StartActivity("push frame", ActivityKind.Producer, parent, startTime: built);
            push?.SetTag("fintech.frame.sequence", sequence);
        }
    }
}
