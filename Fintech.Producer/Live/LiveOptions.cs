namespace Fintech.Producer.Live;

/// <summary>The live stream (section <c>Producer</c>).</summary>
internal sealed class LiveOptions
{
    public const string Section = "Producer";

    /// <summary>As fast as Redis takes them.</summary>
    public const double Unlimited = -1;

    /// <summary>Transactions per second; 0 for none, -1 for as fast as possible.</summary>
    public double Rate { get; set; } = 20;

    /// <summary>Stops generating after so many, so that a load test can wait for the last one; without it the stream has no end.</summary>
    public long? Limit { get; set; }
}
