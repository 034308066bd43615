using Fintech.Embedded.Telemetry.Store;

namespace Fintech.Embedded.Telemetry.Otlp;

internal sealed class MetricDecoder(ExportReader reader, StringPool strings)
{
    /// <summary>Longer attribute lists are cut: they are the key of a series and stay in memory as long as it does.</summary>
    private const int MaxAttributesLength = 1_000;

    public IReadOnlyList<MetricPoint> Decode(OtlpMessage export)
    {
        var points = new List<MetricPoint>();
        var budget = new ExportBudget();
        foreach (var record in reader.Read(export))
            ReadMetric(record, points, budget);

        return points;
    }

    /// <summary>Metric {name 1, description 2, unit 3, gauge 5, sum 7, histogram 9, exponential histogram 10, summary 11}.</summary>
    private void ReadMetric(ExportedRecord record, List<MetricPoint> points, ExportBudget budget)
    {
        var (name, description, unit) = ("", "", "");
        var (kind, data) = (MetricKind.None, default(OtlpMessage));
        foreach (var field in record.Message)
        {
            switch (field.Number)
            {
                case 1: name = strings.Share(field.Text); break;
                case 2: description = strings.Share(field.Text); break;
                case 3: unit = strings.Share(field.Text); break;
                case 5 or 7 or 9 or 10 or 11: (kind, data) = ((MetricKind)field.Number, field.Message); break;
            }
        }

        if (kind == MetricKind.None)
            return;

        // Data {points 1, temporality 2 (1 = delta, 2 = cumulative), monotonic 3}: what all points share may follow them.
        var (first, isDelta, isMonotonic) = (points.Count, false, false);
        foreach (var field in data)
        {
            switch (field.Number)
            {
                case 1: points.Add(ReadPoint(field.Message, kind, new SeriesKey(record.Origin, record.Scope, name, ""), budget)); break;
                case 2: isDelta = field.Varint == 1; break;
                case 3: isMonotonic = field.Varint != 0; break;
            }
        }

        var metric = new MetricDescription(unit, description, kind, isMonotonic);
        for (var i = first; i < points.Count; i++)
            points[i] = points[i] with { Metric = metric, IsDelta = isDelta };
    }

    private MetricPoint ReadPoint(OtlpMessage message, MetricKind kind, SeriesKey key, ExportBudget budget)
    {
        budget.Take();
        var attributes = new List<TelemetryAttribute>();
        var point = kind switch
        {
            MetricKind.Gauge or MetricKind.Sum => PointReader.Number(message, attributes),
            MetricKind.Histogram => PointReader.Histogram(message, attributes),
            MetricKind.ExponentialHistogram => PointReader.ExponentialHistogram(message, attributes),
            _ => PointReader.Summary(message, attributes),
        };

        foreach (var _ in attributes)
            budget.Take();

        var text = string.Join('\n', attributes.OrderBy(attribute => attribute.Key, StringComparer.Ordinal)
            .Select(attribute => $"{attribute.Key}={attribute.Value}"));
        if (text.Length > MaxAttributesLength)
            text = text[..MaxAttributesLength] + "…";

        return point with { Key = key with { Attributes = text } };
    }
}
