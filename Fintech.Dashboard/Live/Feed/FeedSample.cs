using Fintech.Contracts;

namespace Fintech.Dashboard.Live.Feed;

/// <summary>
/// What the feed is good for: a fair sample of transactions to look at, their latencies, and the traces that end on the page.
/// No number on the page comes from here. Bounded whatever the rate.
/// </summary>
internal sealed class FeedSample(Random random)
{
    public const int MaxTraces = 8;
    private const int MaxLatest = 20;

    /// <summary>Points per second, so that five minutes fill the <see cref="PointRing"/>.</summary>
    private const double PointsPerSecond = 8;

    /// <summary>Room that a quiet time saves for a burst.</summary>
    private static readonly TimeSpan Saving = TimeSpan.FromSeconds(3);

    private readonly PriorityQueue<(AmountPoint Point, DateTimeOffset Committed), double> reservoir = new();
    private readonly List<string> traces = [];
    private IReadOnlyList<FeedTransaction> newest = [];
    private DateTimeOffset? sampledAt;
    private double room = PointRing.MaxSamples;

    public LatencyHistogram Latencies { get; } = new();

    public IReadOnlyList<TransactionItem> Latest =>
        [.. newest.Select(row => new TransactionItem(
            row.TransactionId, row.OccurredAt, row.Amount, row.Currency, row.MerchantName, row.Category, row.CustomerId, row.Alert))];

    public void Add(FeedEntry entry)
    {
        // Rows of a large batch stand for more transactions each.
        var weight = entry.Sample.Count == 0 ? 0 : Math.Max(1, (double)entry.Count / entry.Sample.Count);
        foreach (var row in entry.Sample)
        {
            Latencies.Add(entry.CommittedAt, entry.CommittedAt - row.ReceivedAt, weight);
            if (!row.Alert)
                Keep(row, entry.CommittedAt, weight);
        }

        newest = [.. entry.Sample.Concat(newest)
            .DistinctBy(row => row.TransactionId)
            .OrderByDescending(row => row.ReceivedAt).ThenBy(row => row.TransactionId, StringComparer.Ordinal)
            .Take(MaxLatest)];
        traces.AddRange(entry.Traces.Take(MaxTraces - traces.Count));
    }

    /// <summary>Moves into <paramref name="points"/> what was chosen since the last call. Alerts come from the warehouse.</summary>
    public void MoveTo(PointRing points, DateTimeOffset now)
    {
        if (sampledAt is { } before)
            room = Math.Min(room + (now - before).TotalSeconds * PointsPerSecond, Saving.TotalSeconds * PointsPerSecond);
        sampledAt = now;

        while (reservoir.Count > (int)room)
            reservoir.Dequeue();

        room -= reservoir.Count;
        foreach (var ((point, committed), _) in reservoir.UnorderedItems.OrderBy(item => item.Element.Committed))
            points.AddSample(point, committed);
        reservoir.Clear();
    }

    /// <summary>Traceparents met since the last call.</summary>
    public IReadOnlyList<string> TakeTraces()
    {
        string[] taken = [.. traces];
        traces.Clear();
        return taken;
    }

    // Weighted reservoir sampling (Efraimidis and Spirakis): of all keys u^(1/weight) the largest are a fair sample.
    private void Keep(FeedTransaction row, DateTimeOffset committed, double weight)
    {
        var point = new AmountPoint(row.TransactionId, row.ReceivedAt, row.Amount, row.Currency, row.Category, Alert: false, row.MerchantName, row.CustomerId);
        reservoir.Enqueue((point, committed), Math.Pow(random.NextDouble(), 1 / weight));
        if (reservoir.Count > PointRing.MaxSamples)
            reservoir.Dequeue();
    }
}
