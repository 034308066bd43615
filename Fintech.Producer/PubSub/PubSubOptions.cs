namespace Fintech.Producer.PubSub;

/// <summary>Messages of existing producers on the channel <c>financial_transactions</c> (section <c>Producer:PubSub</c>).</summary>
internal sealed class PubSubOptions
{
    public const string Section = "Producer:PubSub";

    public bool Enabled { get; set; } = true;

    /// <summary>How long an owner that is gone keeps others out. It renews at a third of this.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(6);
}
