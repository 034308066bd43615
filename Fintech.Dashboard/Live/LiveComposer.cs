using Fintech.Dashboard.Live.Feed;
using Fintech.Dashboard.Live.Warehouse;
using Microsoft.Extensions.Options;

namespace Fintech.Dashboard.Live;

/// <summary>Turns readings into what the page shows, and keeps the last known numbers while a store is away.</summary>
internal sealed class LiveComposer(IOptions<DashboardOptions> options)
{
    private static readonly Kpis NothingKnown = new(0, [], 0, 0, 0, null);

    private readonly TimeZoneInfo zone = options.Value.Zone;
    private readonly RateMeter rate = new();
    private readonly PointRing points = new();
    private readonly Dictionary<LiveWindow, WindowReading> known = [];
    private LiveReading? reading;
    private long lag;
    private long sequence;

    public FeedSample Feed { get; } = new(Random.Shared);

    public LiveFaults Faults { get; } = new();

    public IReadOnlyList<Checkpoint> Checkpoints => reading?.Books.Checkpoints ?? [];

    /// <param name="added">Entries ever added, from before the reading; null when Redis is away.</param>
    public void Take(LiveReading newest, IReadOnlyDictionary<string, long>? added)
    {
        reading = newest;
        if (added is not null)
            lag = StreamLag.Of(added, newest.Books.Checkpoints);

        rate.Add(newest.At, newest.Streamed);
        foreach (var (window, sums) in newest.Windows)
            known[window] = sums;

        foreach (var alert in newest.Books.AlertPoints)
            points.AddAlert(alert.Key, alert.Point, alert.CommittedAt, newest.At);
    }

    public LiveState Compose(IReadOnlyCollection<LiveWindow> windows, DateTimeOffset now)
    {
        Feed.MoveTo(points, now);
        points.Trim(now);

        sequence++;
        var pipeline = Pipeline(now);
        var latest = Feed.Latest;
        var frames = windows.ToDictionary(window => window, window => Frame(window, latest, pipeline, now));
        return new LiveState(sequence, now, frames, Faults.WarehouseReason, points, rate.Series, Feed.TakeTraces());
    }

    private PipelineState Pipeline(DateTimeOffset now)
    {
        var books = reading?.Books ?? Books.Empty;
        var (status, reason) = PipelineHealth.Judge(now, books.LastCommitAt, lag, Faults.Reason);
        return new PipelineState(books.LastCommitAt, lag, status, reason, books.Batch, reading?.Quarantined ?? 0, books.Loss);
    }

    private LiveFrame Frame(LiveWindow window, IReadOnlyList<TransactionItem> latest, PipelineState pipeline, DateTimeOffset now)
    {
        var at = reading?.At ?? now;
        var sums = known.GetValueOrDefault(window);
        return new LiveFrame(
            Sequence: sequence,
            At: at,
            Window: window.Name,
            Kpis: sums is null ? NothingKnown : Current(sums, window, at),
            Previous: sums?.Previous is null ? null : Previous(sums.Previous, sums.PreviousBounds!),
            Categories: sums?.Sums.Categories ?? [],
            Merchants: [],
            Points: [],
            Alerts: reading?.Books.Alerts ?? [],
            Latest: latest,
            Pipeline: pipeline,
            Threshold: reading?.Books.Threshold);
    }

    private Kpis Current(WindowReading window, LiveWindow name, DateTimeOffset at) =>
        Of(window.Sums, rate.PerSecond, Feed.Latencies.P99(name.BoundsAt(at, zone).From, at));

    private Kpis Previous(Sums sums, PreviousBounds bounds) =>
        Of(sums, sums.Transactions / bounds.Length.TotalSeconds, Feed.Latencies.P99(bounds.From, bounds.Edge));

    private static Kpis Of(Sums sums, double perSecond, double? latency) => new(
        sums.Transactions, sums.Value, sums.Alerts, perSecond, sums.Streamed == 0 ? 0 : (double)sums.Alerts / sums.Streamed, latency);
}
