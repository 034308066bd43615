namespace Fintech.Etl.Worker.Streaming;

/// <summary>Rows and sum of amounts.</summary>
internal readonly record struct Tally(long Rows, decimal Amount)
{
    public static Tally operator +(Tally left, Tally right) => new(left.Rows + right.Rows, left.Amount + right.Amount);

    public static Tally Of(IReadOnlyCollection<ClaimedTransaction> rows) => new(rows.Count, rows.Sum(row => row.Event.Content.Amount));

    public static Tally Of(IReadOnlyCollection<IncomingTransaction> rows) => new(rows.Count, rows.Sum(row => row.Content.Amount));

    public static Tally Of(IReadOnlyCollection<RejectedEntry> rows) => new(rows.Count, rows.Sum(row => row.Amount ?? 0));
}

/// <summary>What a worker's session has committed: read = loaded + known + quarantined, in rows and to the cent.</summary>
internal readonly record struct StreamTotals(Tally Loaded, Tally Known, Tally Quarantined)
{
    public Tally Read => Loaded + Known + Quarantined;
}

/// <summary>Counts of one session, added to by all of its partitions.</summary>
internal sealed class StreamCounters
{
    private readonly Lock adding = new();
    private StreamTotals totals;

    public StreamTotals Totals
    {
        get
        {
            lock (adding)
                return totals;
        }
    }

    public void Add(Settlement settled)
    {
        var loaded = Tally.Of(settled.New);
        var known = Tally.Of(settled.Duplicates);
        var quarantined = Tally.Of(settled.Conflicts) + Tally.Of(settled.Invalid);
        lock (adding)
            totals = new(totals.Loaded + loaded, totals.Known + known, totals.Quarantined + quarantined);
    }
}
