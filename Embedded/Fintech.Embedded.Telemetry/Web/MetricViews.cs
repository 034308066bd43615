using Fintech.Embedded.Telemetry.Store;

namespace Fintech.Embedded.Telemetry.Web;

internal sealed class MetricViews(TelemetryStore store)
{
    public const int MaxRows = 500;

    public ListView<MetricRow> List(string? resource, string? text)
    {
        var filter = new TextFilter(text);
        var rows = store.Metrics
            .Select(series => (resource is null || series.Key.Origin.Resource == resource) && filter.Finds(Texts(series)))
            .OrderBy(series => series.Key.Origin.Resource, StringComparer.Ordinal)
            .ThenBy(series => series.Key.Name, StringComparer.Ordinal)
            .ThenBy(series => series.Key.Origin.Instance, StringComparer.Ordinal)
            .ThenBy(series => series.Key.Attributes, StringComparer.Ordinal)
            .Take(MaxRows + 1).Select(Row).ToList();
        return Limited.To(MaxRows, rows, store);
    }

    private static MetricRow Row(SeriesSnapshot series)
    {
        var (key, last, metric) = (series.Key, series.Last, series.Last.Metric);
        return new MetricRow(
            key.Origin.Resource, key.Origin.Instance, key.Meter, key.Name, metric.Unit, metric.Description, Kind(metric), key.Attributes,
            Milliseconds.Of(last.Time), Finite(last.Value), last.Count, last.Count > 0 ? Finite(last.Value / last.Count) : null,
            Finite(last.P50), Finite(last.P99), [.. series.Samples.Select(sample => float.IsFinite(sample) ? sample : (float?)null)]);
    }

    private static string Kind(MetricDescription metric) => metric.Kind switch
    {
        MetricKind.Gauge => "gauge",
        MetricKind.Sum => metric.IsMonotonic ? "counter" : "level",
        _ => "distribution",
    };

    /// <summary>JSON has no infinity.</summary>
    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;

    private static IEnumerable<string> Texts(MetricSeries series) =>
        [series.Key.Name, series.Key.Meter, series.Key.Attributes, series.Key.Origin.Resource, series.Last.Metric.Description];
}
