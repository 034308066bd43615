using System.Globalization;

namespace Fintech.Benchmarks.Stream;

/// <summary>Times in whole milliseconds, as Redis dates its entries, each with the weight of the transactions it stands for.</summary>
internal sealed class Latencies
{
    private readonly SortedDictionary<long, double> weights = [];

    public void Add(long milliseconds, double weight) =>
        weights[milliseconds] = weights.GetValueOrDefault(milliseconds) + weight;

    public void Add(Latencies others)
    {
        foreach (var (milliseconds, weight) in others.weights)
            Add(milliseconds, weight);
    }

    public long Quantile(double share)
    {
        var left = weights.Values.Sum() * share;
        foreach (var (milliseconds, weight) in weights)
        {
            left -= weight;
            if (left <= 0)
                return milliseconds;
        }

        return weights.Count > 0 ? weights.Keys.Last() : 0;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"p50 {Quantile(0.5)} ms, p99 {Quantile(0.99)} ms, p99.9 {Quantile(0.999)} ms");
}
