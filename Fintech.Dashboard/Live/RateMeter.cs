namespace Fintech.Dashboard.Live;

/// <summary>Transactions per second, from how the count of all that ever came by stream changes between readings.</summary>
internal sealed class RateMeter
{
    private static readonly TimeSpan Smoothing = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MinSpan = TimeSpan.FromSeconds(1);
    private const int SeriesLength = 300;

    private readonly Queue<(DateTimeOffset At, long Count)> readings = new();
    private readonly Queue<SeriesPoint> series = new();
    private DateTimeOffset seriesAt = DateTimeOffset.MinValue;

    public double PerSecond { get; private set; }

    /// <summary>One point a second, the last five minutes.</summary>
    public IReadOnlyList<SeriesPoint> Series { get; private set; } = [];

    public void Add(DateTimeOffset at, long count)
    {
        // Another warehouse, or another clock: what was read before compares with nothing.
        if (readings.Count > 0 && (count < readings.Last().Count || at <= readings.Last().At))
            readings.Clear();

        readings.Enqueue((at, count));
        while (readings.Count > 2 && at - readings.ElementAt(1).At >= Smoothing)
            readings.Dequeue();

        var (since, before) = readings.Peek();
        var span = at - since;
        PerSecond = span >= MinSpan ? (count - before) / span.TotalSeconds : 0;

        if (span < MinSpan || at - seriesAt < TimeSpan.FromSeconds(1))
            return;

        seriesAt = at;
        series.Enqueue(new SeriesPoint(at, PerSecond));
        while (series.Count > SeriesLength)
            series.Dequeue();
        Series = [.. series];
    }
}
