namespace Fintech.Etl.Worker.Scoring;

/// <summary>A transaction as rules and memory see it.</summary>
/// <param name="Currency">Of the amount; a threshold in another one is not compared with it.</param>
internal readonly record struct ScoringInput(decimal Amount, string Currency)
{
    /// <summary>Of a merchant that nobody has described: no category at all.</summary>
    public const string NoCategory = "Unknown";

    public const string Purchase = "purchase";

    public long CustomerId { get; init; }

    /// <summary>UTC. Windows count by it, also where the event comes late.</summary>
    public DateTime OccurredAt { get; init; }

    public DateTime ReceivedAt { get; init; }

    public string Category { get; init; } = NoCategory;

    /// <summary>Refunds and reversals neither fire rules about a customer's habits nor become part of them.</summary>
    public bool IsPurchase { get; init; } = true;
}
