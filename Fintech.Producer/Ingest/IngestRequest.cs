using Fintech.Contracts;
using Fintech.Producer.Streams;

namespace Fintech.Producer.Ingest;

/// <summary>The transactions of one request. All of them are taken in, or none: a client that is told of a fault corrects it and sends the same again.</summary>
internal sealed class IngestRequest(int partitions, DateTimeOffset now)
{
    /// <summary>More would help nobody, and an answer must not be larger than what it answers.</summary>
    private const int MostFaults = 100;

    private readonly Dictionary<(string? Source, string Id), (int Index, TransactionEvent Event)> known = [];
    private readonly List<ItemFault> faults = [];
    private readonly List<RepeatedItem> repeated = [];

    public List<OutgoingEntry> Entries { get; } = [];

    public IReadOnlyList<RepeatedItem> Repeated => repeated;

    /// <summary>The first of them, in the order of the items.</summary>
    public IReadOnlyList<ItemFault> Faults => faults;

    public int FaultCount { get; private set; }

    public int Count { get; private set; }

    public void Add(Item item)
    {
        var index = Count++;
        if (item.Event is not { } transaction)
        {
            Refuse(index, item.Fault!);
        }
        else if (EventChecks.FirstFailed(transaction, now) is { } failed)
        {
            Refuse(index, failed.Sentence);
        }
        else if (known.TryAdd((transaction.Source, transaction.TransactionId), (index, transaction)))
        {
            Entries.Add(OutgoingEntry.Of(transaction, partitions));
        }
        else
        {
            var first = known[(transaction.Source, transaction.TransactionId)];
            if (first.Event == transaction)
                repeated.Add(new(index, transaction.TransactionId, first.Index));
            else
                Refuse(index, $"has the transaction_id of item {first.Index}, with other content.");
        }
    }

    private void Refuse(int index, string reason)
    {
        FaultCount++;
        if (faults.Count < MostFaults)
            faults.Add(new(index, reason));
    }
}
