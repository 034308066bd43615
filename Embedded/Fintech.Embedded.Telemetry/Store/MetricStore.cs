namespace Fintech.Embedded.Telemetry.Store;

/// <summary>A series as it was when the store was asked.</summary>
internal readonly record struct SeriesSnapshot(SeriesKey Key, MetricPoint Last, IReadOnlyList<float> Samples);

/// <summary>The current value of each series; the one not reported for longest makes room.</summary>
internal sealed class MetricStore(TelemetryServerOptions options)
{
    private readonly Lock gate = new();
    private readonly Dictionary<SeriesKey, LinkedListNode<MetricSeries>> index = [];
    private readonly LinkedList<MetricSeries> byReport = [];
    private long bytes;
    private long dropped;

    public Holding Holding
    {
        get
        {
            lock (gate)
                return new Holding(index.Count, options.MaxSeries, dropped);
        }
    }

    public long Bytes
    {
        get
        {
            lock (gate)
                return bytes;
        }
    }

    public void Add(IReadOnlyList<MetricPoint> points)
    {
        lock (gate)
        {
            foreach (var point in points)
                Add(point);
        }
    }

    public List<SeriesSnapshot> Select(Func<MetricSeries, bool> passes)
    {
        lock (gate)
            return [.. byReport.Where(passes).Select(series => new SeriesSnapshot(series.Key, series.Last, series.Samples()))];
    }

    private void Add(MetricPoint point)
    {
        if (index.TryGetValue(point.Key, out var node))
        {
            byReport.Remove(node);
            byReport.AddLast(node);
        }
        else
        {
            index.Add(point.Key, node = byReport.AddLast(new MetricSeries(point.Key)));
            bytes += node.Value.Bytes;
        }

        node.Value.Add(point);
        while (index.Count > options.MaxSeries || bytes > options.MaxSeriesBytes)
        {
            var quietest = byReport.First!.Value;
            byReport.RemoveFirst();
            index.Remove(quietest.Key);
            bytes -= quietest.Bytes;
            dropped++;
        }
    }
}
