using Fintech.Embedded.Telemetry.Otlp;

namespace Fintech.Embedded.Telemetry.Store;

/// <summary>How much of a kind is kept, how much may be, and how much has been dropped to keep to it.</summary>
internal readonly record struct Holding(int Held, int Limit, long Dropped);

/// <summary>A trace as it was when the store was asked; later spans do not show in it.</summary>
internal readonly record struct TraceSnapshot(
    TraceId Id, StoredSpan Root, long Start, long End, int Errors, ArraySegment<StoredSpan> Spans);

/// <summary>
/// Traces in the order of their latest span. When the limit is reached the trace that has been quiet longest goes, whole:
/// half a trace misleads. Its place in the index goes with it.
/// </summary>
internal sealed class TraceStore(TelemetryServerOptions options)
{
    private readonly Lock gate = new();
    private readonly Dictionary<TraceId, LinkedListNode<StoredTrace>> index = [];
    private readonly LinkedList<StoredTrace> byActivity = [];
    private int held;
    private long bytes;
    private long dropped;

    public Holding Holding
    {
        get
        {
            lock (gate)
                return new Holding(held, options.MaxSpans, dropped);
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

    public int TraceCount
    {
        get
        {
            lock (gate)
                return index.Count;
        }
    }

    public void Add(IReadOnlyList<StoredSpan> spans)
    {
        lock (gate)
        {
            foreach (var span in spans)
                Add(span);
        }
    }

    /// <summary>The traces that pass, latest first.</summary>
    public List<TraceSnapshot> Select(Func<StoredTrace, bool> passes)
    {
        var found = new List<TraceSnapshot>();
        lock (gate)
        {
            for (var node = byActivity.Last; node is not null; node = node.Previous)
            {
                if (passes(node.Value))
                    found.Add(Snapshot(node.Value));
            }
        }

        found.Sort((left, right) => right.Start.CompareTo(left.Start));
        return found;
    }

    public TraceSnapshot? Find(TraceId id)
    {
        lock (gate)
            return index.TryGetValue(id, out var node) ? Snapshot(node.Value) : null;
    }

    /// <summary>
    /// Spans elsewhere that link to this trace. A look through all of them: cheaper than an index that would have to be
    /// bounded and evicted as well, and asked for only while somebody looks at a trace.
    /// </summary>
    public List<StoredSpan> LinkingTo(TraceId id)
    {
        var found = new List<StoredSpan>();
        lock (gate)
        {
            foreach (var trace in byActivity)
            {
                foreach (var span in trace.Spans)
                {
                    if (trace.Id != id && Array.Exists(span.Links, link => link.TraceId == id))
                        found.Add(span);
                }
            }
        }

        return found;
    }

    private static TraceSnapshot Snapshot(StoredTrace trace) =>
        new(trace.Id, trace.Root, trace.Start, trace.End, trace.Errors, trace.Spans);

    private void Add(StoredSpan span)
    {
        if (!index.TryGetValue(span.TraceId, out var node))
        {
            index.Add(span.TraceId, node = byActivity.AddLast(new StoredTrace(span.TraceId)));
            bytes += node.Value.Bytes;
        }

        if (node.Value.Count >= options.MaxSpansPerTrace)
        {
            dropped++;
            return;
        }

        node.Value.Add(span);
        held++;
        bytes += span.Bytes;
        foreach (var block in span.Shared)
            bytes += block.Hold();

        if (node != byActivity.Last)
        {
            byActivity.Remove(node);
            byActivity.AddLast(node);
        }

        while (held > options.MaxSpans || bytes > options.MaxSpanBytes)
            DropQuietest();
    }

    private void DropQuietest()
    {
        var trace = byActivity.First!.Value;
        byActivity.RemoveFirst();
        index.Remove(trace.Id);
        held -= trace.Count;
        bytes -= trace.Bytes;
        dropped += trace.Count;
        foreach (var span in trace.Spans)
        {
            foreach (var block in span.Shared)
                bytes -= block.Release();
        }
    }
}
