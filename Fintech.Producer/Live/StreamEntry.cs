using System.Diagnostics;

namespace Fintech.Producer.Live;

/// <summary>A transaction on its way to Redis. It keeps its payload, and with it its id, however often it is sent.</summary>
internal sealed class StreamEntry(int partition, decimal amount, byte[] payload)
{
    public int Partition => partition;

    public decimal Amount => amount;

    /// <summary>The event as UTF-8 JSON.</summary>
    public byte[] Payload => payload;

    /// <summary>The span over all attempts to publish it, for the few that are traced.</summary>
    public Activity? Activity { get; set; }
}
