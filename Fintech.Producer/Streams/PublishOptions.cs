namespace Fintech.Producer.Streams;

/// <summary>What holds for everything that is published (section <c>Producer</c>).</summary>
internal sealed class PublishOptions
{
    public const string Section = "Producer";

    /// <summary>How many transactions a second are followed by a trace, however many are sent.</summary>
    public double TracedPerSecond { get; set; } = 20;
}
