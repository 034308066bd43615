namespace Fintech.Producer.History;

/// <summary>The upstream world (section <c>Producer:History</c>). The live stream buys with the same customers at the same merchants.</summary>
internal sealed class HistoryOptions
{
    public const string Section = "Producer:History";

    /// <summary>Whether an empty source and an empty merchant register are filled at the first start.</summary>
    public bool Enabled { get; set; } = true;

    public int Customers { get; set; } = 2_000;

    public int Merchants { get; set; } = 200;

    public int Transactions { get; set; } = 100_000;

    /// <summary>How many days back from the first start the transactions reach.</summary>
    public int Days { get; set; } = 7;

    public int Seed { get; set; } = 20260101;
}
