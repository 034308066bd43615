using Fintech.Embedded.Telemetry.Otlp;

namespace Fintech.Embedded.Telemetry.Store;

/// <summary>
/// The spans of one trace in order of arrival, and the sums its row in the list shows. Changed only under the store's lock.
/// The array is only ever appended to or replaced by a longer one, so a reader that took <see cref="Spans"/> under the lock
/// may go on reading without it.
/// </summary>
internal sealed class StoredTrace(TraceId id)
{
    /// <summary>The object, its array and its places in index and order, measured on 64 bit.</summary>
    private const int Overhead = 256;
    private StoredSpan[] spans = new StoredSpan[4];

    public TraceId Id => id;

    public int Count { get; private set; }

    public long Bytes { get; private set; } = Overhead;

    public int Errors { get; private set; }

    public long Start { get; private set; } = long.MaxValue;

    public long End { get; private set; }

    public ArraySegment<StoredSpan> Spans => new(spans, 0, Count);

    /// <summary>The span without a parent; until it has arrived the earliest one, for a root ends and is sent last.</summary>
    public StoredSpan Root { get; private set; } = null!;

    public void Add(StoredSpan span)
    {
        if (Count == spans.Length)
            Array.Resize(ref spans, Count * 2);

        spans[Count++] = span;
        Bytes += span.Bytes;
        Errors += span.IsError ? 1 : 0;
        Start = Math.Min(Start, span.Start);
        End = Math.Max(End, span.End);
        if (Root is null || Precedes(span, Root))
            Root = span;
    }

    private static bool Precedes(StoredSpan span, StoredSpan root) =>
        (!span.ParentId.IsZero, span.Start).CompareTo((!root.ParentId.IsZero, root.Start)) < 0;
}
