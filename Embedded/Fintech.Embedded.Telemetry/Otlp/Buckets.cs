namespace Fintech.Embedded.Telemetry.Otlp;

internal readonly record struct Bucket(double From, double To, ulong Count);

/// <summary>Quantiles out of a histogram: exact to the bucket, linear within it.</summary>
internal static class Buckets
{
    /// <summary>Exporters keep to 160; a body may claim millions.</summary>
    private const int MaxBuckets = 10_000;

    /// <summary>
    /// Counts have one more entry than bounds: below the first bound, between each two, above the last. The open ends close at
    /// the smallest and largest value seen where the sender tells them, else at zero and at the last bound.
    /// </summary>
    public static IReadOnlyList<Bucket> Explicit(IReadOnlyList<ulong> counts, IReadOnlyList<double> bounds, double? min, double? max)
    {
        if (counts.Count == 0)
            return [];

        Check(counts);
        if (counts.Count != bounds.Count + 1)
            throw new MalformedOtlpException(
                $"The body is not an OTLP export: a histogram has {counts.Count} buckets for {bounds.Count} bounds.");

        var buckets = new Bucket[counts.Count];
        for (var i = 0; i < buckets.Length; i++)
        {
            var from = i > 0 ? bounds[i - 1] : min ?? (bounds.Count > 0 ? Math.Min(0, bounds[0]) : 0);
            var to = i < bounds.Count ? bounds[i] : max ?? from;
            buckets[i] = new Bucket(min is { } low ? Math.Max(from, low) : from, max is { } high ? Math.Min(to, high) : to, counts[i]);
        }

        return buckets;
    }

    /// <summary>
    /// Bucket i holds values above base^(offset+i) up to base^(offset+i+1), where base is 2^(2^-scale). Negative values are
    /// not told apart.
    /// </summary>
    public static IReadOnlyList<Bucket> Exponential(int scale, ulong zeros, int offset, IReadOnlyList<ulong> counts)
    {
        Check(counts);
        var width = Math.Pow(2, -scale);
        return
        [
            new Bucket(0, 0, zeros),
            .. counts.Select((count, i) => new Bucket(Bound(i), Bound(i + 1), count)),
        ];

        double Bound(int i) => Math.Pow(2, width * ((double)offset + i));
    }

    /// <summary>Null where nothing was counted.</summary>
    public static double? Quantile(IReadOnlyList<Bucket> buckets, double quantile)
    {
        // As floating point: hostile counts may sum to more than 64 bits.
        var rank = quantile * buckets.Sum(bucket => (double)bucket.Count);
        if (rank == 0)
            return null;

        var below = 0d;
        foreach (var bucket in buckets)
        {
            if (bucket.Count > 0 && below + bucket.Count >= rank)
                return bucket.From + (bucket.To - bucket.From) * ((rank - below) / bucket.Count);

            below += bucket.Count;
        }

        return buckets[^1].To;
    }

    private static void Check(IReadOnlyList<ulong> counts)
    {
        if (counts.Count > MaxBuckets)
            throw new MalformedOtlpException($"A histogram has {counts.Count:N0} buckets, more than the {MaxBuckets:N0} taken.");
    }
}
