using Fintech.Embedded.Telemetry.Store;

namespace Fintech.Embedded.Telemetry.Otlp;

/// <summary>The data points of the four kinds of metric; no two number their attributes alike.</summary>
internal static class PointReader
{
    /// <summary>NumberDataPoint {time 3, double 4, int 6, attributes 7}.</summary>
    public static MetricPoint Number(OtlpMessage message, List<TelemetryAttribute> attributes)
    {
        var (time, value) = (0L, 0d);
        foreach (var field in message)
        {
            switch (field.Number)
            {
                case 3: time = field.Nanoseconds; break;
                case 4: value = field.Double; break;
                case 6: value = (long)field.Fixed64; break;
                case 7: attributes.Add(Attributes.Read(field.Message)); break;
            }
        }

        return new MetricPoint { Time = time, Value = value };
    }

    /// <summary>HistogramDataPoint {time 3, count 4, sum 5, bucket counts 6, bounds 7, attributes 9, min 11, max 12}.</summary>
    public static MetricPoint Histogram(OtlpMessage message, List<TelemetryAttribute> attributes)
    {
        var (time, count, sum) = (0L, 0ul, 0d);
        var (counts, bounds) = (new List<ulong>(), new List<ulong>());
        double? min = null, max = null;
        foreach (var field in message)
        {
            switch (field.Number)
            {
                case 3: time = field.Nanoseconds; break;
                case 4: count = field.Fixed64; break;
                case 5: sum = field.Double; break;
                case 6: field.AddFixed64To(counts); break;
                case 7: field.AddFixed64To(bounds); break;
                case 9: attributes.Add(Attributes.Read(field.Message)); break;
                case 11: min = field.Double; break;
                case 12: max = field.Double; break;
            }
        }

        var buckets = Buckets.Explicit(counts, [.. bounds.Select(BitConverter.UInt64BitsToDouble)], min, max);
        return Distribution(time, count, sum, buckets);
    }

    /// <summary>ExponentialHistogramDataPoint {attributes 1, time 3, count 4, sum 5, scale 6, zero count 7, positive 8}.</summary>
    public static MetricPoint ExponentialHistogram(OtlpMessage message, List<TelemetryAttribute> attributes)
    {
        var (time, count, sum) = (0L, 0ul, 0d);
        var (scale, zeros, offset, counts) = (0, 0ul, 0, new List<ulong>());
        foreach (var field in message)
        {
            switch (field.Number)
            {
                case 1: attributes.Add(Attributes.Read(field.Message)); break;
                case 3: time = field.Nanoseconds; break;
                case 4: count = field.Fixed64; break;
                case 5: sum = field.Double; break;
                case 6: scale = field.ZigZag; break;
                case 7: zeros = field.Fixed64; break;
                case 8: offset = ExponentialBuckets(field.Message, counts); break;
            }
        }

        return Distribution(time, count, sum, Buckets.Exponential(scale, zeros, offset, counts));
    }

    /// <summary>SummaryDataPoint {time 3, count 4, sum 5, attributes 7}.</summary>
    public static MetricPoint Summary(OtlpMessage message, List<TelemetryAttribute> attributes)
    {
        var (time, count, sum) = (0L, 0ul, 0d);
        foreach (var field in message)
        {
            switch (field.Number)
            {
                case 3: time = field.Nanoseconds; break;
                case 4: count = field.Fixed64; break;
                case 5: sum = field.Double; break;
                case 7: attributes.Add(Attributes.Read(field.Message)); break;
            }
        }

        return Distribution(time, count, sum, []);
    }

    /// <summary>Buckets {offset 1, counts 2}.</summary>
    private static int ExponentialBuckets(OtlpMessage message, List<ulong> counts)
    {
        var offset = 0;
        foreach (var field in message)
        {
            if (field.Number == 1)
                offset = field.ZigZag;
            else if (field.Number == 2)
                field.AddVarintsTo(counts);
        }

        return offset;
    }

    private static MetricPoint Distribution(long time, ulong count, double sum, IReadOnlyList<Bucket> buckets) => new()
    {
        Time = time,
        Value = sum,
        Count = count,
        P50 = Buckets.Quantile(buckets, 0.50),
        P99 = Buckets.Quantile(buckets, 0.99),
    };
}
