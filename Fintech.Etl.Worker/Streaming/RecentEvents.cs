namespace Fintech.Etl.Worker.Streaming;

/// <summary>
/// What a partition committed last, by fingerprint. A producer that repeats itself does so within seconds: byte for byte the same event is then known
/// without asking the warehouse, and the others of its batch can be copied. Only what this owner committed is in it, since the last failure.
/// </summary>
internal sealed class RecentEvents
{
    /// <summary>Some 80 bytes each.</summary>
    public const int Kept = 16_384;

    private readonly HashSet<UInt128> known = [];
    private readonly Queue<UInt128> inOrder = new();

    public bool Contains(IncomingTransaction transaction) => known.Contains(transaction.Fingerprint);

    public void Add(Settlement committed)
    {
        foreach (var row in committed.New)
            Add(row.Event.Fingerprint);
        foreach (var duplicate in committed.Duplicates)
            Add(duplicate.Fingerprint);
    }

    private void Add(UInt128 fingerprint)
    {
        if (!known.Add(fingerprint))
            return;
        inOrder.Enqueue(fingerprint);
        if (inOrder.Count > Kept)
            known.Remove(inOrder.Dequeue());
    }
}
