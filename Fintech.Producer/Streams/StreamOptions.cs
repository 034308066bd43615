using Fintech.Contracts;

namespace Fintech.Producer.Streams;

/// <summary>The transaction streams (section <c>Stream</c>), which producers and worker must see alike.</summary>
internal sealed class StreamOptions
{
    public const string Section = "Stream";

    public int Partitions { get; set; } = Partitioner.DefaultPartitions;

    public CeilingOptions Ceiling { get; set; } = new();
}

/// <summary>How much may wait in Redis for the worker (section <c>Stream:Ceiling</c>). At any of these, producers wait.</summary>
internal sealed class CeilingOptions
{
    public const string Section = $"{StreamOptions.Section}:Ceiling";

    /// <summary>Entries of one stream, and of all of them.</summary>
    public long StreamEntries { get; set; } = 1_000_000;

    public long TotalEntries { get; set; } = 4_000_000;

    /// <summary>Bytes of Redis' memory that one stream takes, and all of them.</summary>
    public long StreamBytes { get; set; } = 256L << 20;

    public long TotalBytes { get; set; } = 1L << 30;

    /// <summary>How often Redis is asked. What this process sends in between is counted as it goes; what others send is not.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMilliseconds(250);
}
