using Fintech.Dashboard.Live.Feed;
using Fintech.Dashboard.Live.Filters;
using Fintech.Dashboard.Live.Warehouse;
using Microsoft.Extensions.Options;

namespace Fintech.Dashboard.Live;

/// <summary>Turns readings into what the page shows, and keeps the last known numbers while a store is away.</summary>
internal sealed class LiveComposer(FilterBook filters, IOptions<DashboardOptions> options)
{
    /// <summary>A little always waits: what was added since the last look.</summary>
    private const double NotBehind = 5;

    private readonly TimeZoneInfo zone = options.Value.Zone;
    private readonly RateMeter rate = new();
    private readonly PointRing points = new();
    private readonly Dictionary<LiveWindow, WindowReading> known = [];
    private readonly Dictionary<LiveWindow, TrendState> trends = [];
    private LiveReading? reading;
    private IReadOnlyList<AlertItem> alerts = [];
    private long lag;
    private long sequence;

    public FeedSample Feed { get; } = new(Random.Shared);

    public LiveFaults Faults { get; } = new();

    public IReadOnlyList<Checkpoint> Checkpoints => reading?.Books.Checkpoints ?? [];

    /// <param name="added">Entries ever added, from before the reading; null when Redis is away.</param>
    public void Take(LiveReading newest, IReadOnlyDictionary<string, long>? added)
    {
        reading = newest;
        // The same list for as long as it holds the same ones, so that a connection sees by it whether it has them.
        if (!newest.Books.Alerts.Select(KeyOf).SequenceEqual(alerts.Select(KeyOf)))
            alerts = newest.Books.Alerts;
        if (added is not null)
            lag = StreamLag.Of(added, newest.Books.Checkpoints);

        rate.Add(newest.At, newest.Streamed);
        foreach (var (window, sums) in newest.Windows)
            known[window] = sums;
        foreach (var (window, trend) in newest.Trends)
            trends[window] = trend.Build(Feed.Latencies.P99);

        foreach (var alert in newest.Books.AlertPoints)
            points.AddAlert(alert.Key, alert.Point, alert.CommittedAt, newest.At);
    }

    public LiveState Compose(IReadOnlyCollection<LiveView> views, DateTimeOffset now)
    {
        Feed.MoveTo(points, now);
        points.Trim(now);

        sequence++;
        var pipeline = Pipeline(now);
        var latest = Feed.Latest;
        var frames = new Dictionary<LiveView, LiveFrame>();
        var rings = new Dictionary<LiveFilter, PointRing>();
        foreach (var view in views)
        {
            var frame = Frame(view.Window, latest, pipeline, now);
            if (!view.Filter.IsNone)
            {
                var entry = filters.Find(view.Filter);
                frame = FilteredFrame.Of(view, frame, entry?.Reading);
                if (entry is { Reading: not null })
                    rings[view.Filter] = entry.Rows.Points;
            }

            frames[view] = frame;
        }

        return new LiveState(sequence, now, frames, Faults.WarehouseReason, points, rate.Series, Feed.TakeTraces(), rings);
    }

    private PipelineState Pipeline(DateTimeOffset now)
    {
        var books = reading?.Books ?? Books.Empty;
        var (status, reason) = PipelineHealth.Judge(books.CommitAge, lag, books.Owners, Faults.Reason);

        // Told by the clock that the page goes by; the warehouse's may be another.
        var lastCommitAt = reading?.At - books.CommitAge ?? books.LastCommitAt;
        double? behind = rate.PerSecond > 0 && lag / rate.PerSecond > NotBehind ? lag / rate.PerSecond : null;
        return new PipelineState(
            lastCommitAt, lag, status, reason, books.Batch, reading?.Quarantined ?? 0, books.Loss, books.Drift, behind, books.Durable);
    }

    private LiveFrame Frame(LiveWindow window, IReadOnlyList<TransactionItem> latest, PipelineState pipeline, DateTimeOffset now)
    {
        var at = reading?.At ?? now;
        var sums = known.GetValueOrDefault(window);
        var span = window.IsShort ? window : LiveWindow.Hour;
        var merchants = filters.Find(LiveFilter.None)?.Reading;
        var figures = merchants?.Of(span);
        return new LiveFrame(
            Sequence: sequence,
            At: at,
            Window: window.Name,
            Kpis: sums is null ? KpiSums.Nothing : Current(sums, window, at),
            Previous: sums?.Previous is null ? null : Previous(sums.Previous, sums.PreviousBounds!),
            Categories: sums?.Sums.Categories ?? [],
            Merchants: figures?.Merchants ?? [],
            Points: [],
            Alerts: alerts,
            Latest: latest,
            Pipeline: pipeline,
            Threshold: reading?.Books.Threshold,
            Scope: new ScopeState("all", [], window.IsEstimate, merchants?.At, null, figures is null ? null : span.Name, figures?.Since, merchants?.Fault is null ? null : MerchantsMissing),
            Trend: trends.GetValueOrDefault(window),
            AlertsInChart: reading?.AlertsInChart);
    }

    private static (string, string) KeyOf(AlertItem alert) => (alert.Id, alert.SourceSystem);

    private const string MerchantsMissing = "The top merchants cannot be read at the moment.";

    private Kpis Current(WindowReading window, LiveWindow name, DateTimeOffset at) =>
        KpiSums.Of(window.Sums, rate.PerSecond, Feed.Latencies.P99(name.BoundsAt(at, zone).From, at));

    private Kpis Previous(Sums sums, PreviousBounds bounds) =>
        KpiSums.Of(sums, sums.Transactions / bounds.Length.TotalSeconds, Feed.Latencies.P99(bounds.From, bounds.Edge));
}
