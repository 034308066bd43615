using Fintech.Contracts;

namespace Fintech.Producer.Live;

/// <summary>The transaction streams (section <c>Stream</c>), which producers and worker must see alike.</summary>
internal sealed class StreamOptions
{
    public const string Section = "Stream";

    public int Partitions { get; set; } = Partitioner.DefaultPartitions;
}
