using StackExchange.Redis;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>
/// The entries of one read, sorted into what may be new and what cannot be. Whether the first event of a key is new is for the
/// warehouse to say; all others of that key are duplicates or conflicts of whatever the warehouse holds then.
/// </summary>
internal sealed class MicroBatch
{
    private readonly List<IncomingTransaction> seen = [];
    private readonly List<IncomingTransaction> repeated = [];
    private readonly List<RejectedEntry> rejected = [];
    private readonly Dictionary<TransactionKey, IncomingTransaction> firsts;

    private MicroBatch(StreamEntry[] entries)
    {
        firsts = new(entries.Length);
        Count = entries.Length;
        From = EntryId.Parse((string)entries[0].Id!);
        To = EntryId.Parse((string)entries[^1].Id!);
    }

    public int Count { get; }

    public EntryId From { get; }

    public EntryId To { get; }

    /// <summary>One event for each key, the one that came first; none that was committed a moment ago.</summary>
    public Dictionary<TransactionKey, IncomingTransaction> Firsts => firsts;

    /// <param name="recent">What the partition committed last.</param>
    public static MicroBatch Read(StreamEntry[] entries, EventReader reader, RecentEvents recent)
    {
        var batch = new MicroBatch(entries);
        foreach (var entry in entries)
        {
            if (!reader.TryRead(entry, out var transaction, out var rejection))
                batch.rejected.Add(rejection);
            else if (recent.Contains(transaction))
                batch.seen.Add(transaction);
            else if (!batch.firsts.TryAdd(transaction.Key, transaction))
                batch.repeated.Add(transaction);
        }

        return batch;
    }

    /// <param name="claimed">The keys that were new to the warehouse.</param>
    /// <param name="known">What the warehouse already held under the other keys.</param>
    public Settlement Settle(
        IReadOnlyCollection<ClaimedTransaction> claimed, IReadOnlyDictionary<TransactionKey, TransactionContent> known, EventReader reader)
    {
        if (repeated.Count == 0 && claimed.Count == firsts.Count)
            return new Settlement(claimed, seen, [], rejected);

        var held = new Dictionary<TransactionKey, TransactionContent>(known);
        var claimedKeys = new HashSet<TransactionKey>(claimed.Count);
        foreach (var row in claimed)
        {
            held.Add(row.Event.Key, row.Event.Content);
            claimedKeys.Add(row.Event.Key);
        }

        var duplicates = new List<IncomingTransaction>(seen);
        var conflicts = new List<RejectedEntry>();
        foreach (var transaction in repeated.Concat(firsts.Values.Where(first => !claimedKeys.Contains(first.Key))))
        {
            if (transaction.Content == held[transaction.Key])
                duplicates.Add(transaction);
            else
                conflicts.Add(reader.Reject(transaction.Event, "conflict", "The same transaction_id is known with other content."));
        }

        return new Settlement(claimed, duplicates, conflicts, rejected);
    }
}

/// <summary>An event that is a new fact now, with the members it refers to.</summary>
internal sealed record ClaimedTransaction(IncomingTransaction Event, long CustomerKey, long MerchantKey, string Category);

/// <summary>What became of the entries of a batch: each is in exactly one of these.</summary>
internal sealed record Settlement(
    IReadOnlyCollection<ClaimedTransaction> New,
    IReadOnlyCollection<IncomingTransaction> Duplicates,
    IReadOnlyCollection<RejectedEntry> Conflicts,
    IReadOnlyCollection<RejectedEntry> Invalid)
{
    public int Entries => New.Count + Duplicates.Count + Conflicts.Count + Invalid.Count;
}
