namespace Fintech.Embedded.Telemetry.Store;

/// <summary>By the field number of each kind in the protocol's Metric.</summary>
internal enum MetricKind : byte
{
    None = 0,
    Gauge = 5,
    Sum = 7,
    Histogram = 9,
    ExponentialHistogram = 10,
    Summary = 11,
}

/// <param name="Attributes">One <c>key=value</c> a line, sorted by key.</param>
internal readonly record struct SeriesKey(Origin Origin, string Meter, string Name, string Attributes);

internal sealed record MetricDescription(string Unit, string Description, MetricKind Kind, bool IsMonotonic)
{
    public bool IsDistribution => Kind is MetricKind.Histogram or MetricKind.ExponentialHistogram or MetricKind.Summary;
}

/// <summary>One measurement of one series; <see cref="Value"/> is the sum where it is a distribution.</summary>
internal readonly record struct MetricPoint
{
    public SeriesKey Key { get; init; }

    public MetricDescription Metric { get; init; }

    public bool IsDelta { get; init; }

    public long Time { get; init; }

    public double Value { get; init; }

    public ulong Count { get; init; }

    public double? P50 { get; init; }

    public double? P99 { get; init; }
}
