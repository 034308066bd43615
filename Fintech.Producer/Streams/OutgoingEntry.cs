using System.Diagnostics;
using System.Text.Json;
using Fintech.Contracts;

namespace Fintech.Producer.Streams;

/// <summary>A transaction on its way to Redis. It keeps its payload, and with it its id, however often it is sent.</summary>
internal sealed class OutgoingEntry(int partition, decimal amount, byte[] payload)
{
    public int Partition => partition;

    public decimal Amount => amount;

    /// <summary>The event as UTF-8 JSON.</summary>
    public byte[] Payload => payload;

    /// <summary>The span over all attempts to publish it, for the few that are traced.</summary>
    public Activity? Activity { get; set; }

    /// <summary>Written anew: of what came, only the fields of the contract travel on.</summary>
    public static OutgoingEntry Of(TransactionEvent transaction, int partitions) => new(
        Partitioner.PartitionOf(transaction.CustomerId, partitions),
        transaction.Amount,
        JsonSerializer.SerializeToUtf8Bytes(transaction, ContractsJson.Default.TransactionEvent));
}
