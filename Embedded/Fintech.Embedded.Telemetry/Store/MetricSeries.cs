namespace Fintech.Embedded.Telemetry.Store;

/// <summary>
/// The last value of one series and a short past for its sparkline: the value of a gauge, the rate per second of a counter,
/// the mean of what a distribution counted since the measurement before.
/// </summary>
internal sealed class MetricSeries(SeriesKey key)
{
    public const int MaxSamples = 60;
    private const int Overhead = 640;
    private readonly float[] samples = new float[MaxSamples];
    private int sampled;

    public SeriesKey Key => key;

    public MetricPoint Last { get; private set; }

    public long Bytes => Overhead + 2 * key.Attributes.Length;

    /// <summary>Oldest first; not a number where nothing was counted.</summary>
    public IReadOnlyList<float> Samples()
    {
        var count = Math.Min(sampled, MaxSamples);
        return [.. Enumerable.Range(sampled - count, count).Select(place => samples[place % MaxSamples])];
    }

    public void Add(MetricPoint point)
    {
        var previous = Last;
        var isFirst = previous.Metric is null;
        if (point.IsDelta && !isFirst)
            point = point with { Value = previous.Value + point.Value, Count = previous.Count + point.Count };

        Last = point;
        if (point.Metric is { IsMonotonic: false, IsDistribution: false })
            Sample(point.Value);
        else if (!isFirst)
            Sample(Change(previous, point));
    }

    private static double Change(MetricPoint previous, MetricPoint point)
    {
        // A smaller total than before is a sender that started anew: all of it is change.
        var isRestart = point.Metric.IsDistribution ? point.Count < previous.Count : point.Value < previous.Value;
        var value = isRestart ? point.Value : point.Value - previous.Value;
        if (point.Metric.IsDistribution)
            return value / (isRestart ? point.Count : point.Count - previous.Count);

        return value / ((point.Time - previous.Time) / 1e9);
    }

    private void Sample(double value)
    {
        samples[sampled % MaxSamples] = (float)value;
        sampled = sampled + 1 < 2 * MaxSamples ? sampled + 1 : MaxSamples;
    }
}
