using System.Text.Json.Serialization;

namespace Fintech.Contracts;

/// <summary>
/// The doorbell rung after a commit: which part of a partition is now in the warehouse, with a fair sample of its rows.
/// A lost bell loses nothing, since numbers are always read from the warehouse.
/// </summary>
public sealed record FeedEntry
{
    [JsonPropertyName("partition")]
    public required int Partition { get; init; }

    /// <summary>First and last stream entry id of the committed batch, for example <c>1767225600000-0</c>.</summary>
    [JsonPropertyName("from")]
    public required string From { get; init; }

    [JsonPropertyName("to")]
    public required string To { get; init; }

    /// <summary>Rows new to the warehouse in this batch (duplicates and quarantined entries not counted).</summary>
    [JsonPropertyName("count")]
    public required int Count { get; init; }

    /// <summary>When the commit had come through, by the worker's clock.</summary>
    [JsonPropertyName("committed_at")]
    public required DateTimeOffset CommittedAt { get; init; }

    /// <summary>A uniform sample of the batch, bounded whatever its size.</summary>
    [JsonPropertyName("sample")]
    public required IReadOnlyList<FeedTransaction> Sample { get; init; }

    /// <summary>Keys of the alerts raised in this batch: read the alerts themselves from the warehouse.</summary>
    [JsonPropertyName("alerts")]
    public required IReadOnlyList<string> Alerts { get; init; }

    /// <summary>W3C traceparents of the spans that scored sampled events, so that the frame showing them joins their traces.</summary>
    [JsonPropertyName("traces")]
    public IReadOnlyList<string> Traces { get; init => field = value ?? []; } = [];    // An absent field is given as null.
}

/// <summary>A transaction as shown in a list or a chart. It carries no personal data.</summary>
public sealed record FeedTransaction
{
    [JsonPropertyName("transaction_id")]
    public required string TransactionId { get; init; }

    [JsonPropertyName("customer_id")]
    public required long CustomerId { get; init; }

    [JsonPropertyName("amount")]
    public required decimal Amount { get; init; }

    [JsonPropertyName("currency")]
    public required string Currency { get; init; }

    [JsonPropertyName("merchant_name")]
    public required string MerchantName { get; init; }

    [JsonPropertyName("category")]
    public required string Category { get; init; }

    [JsonPropertyName("occurred_at")]
    public required DateTimeOffset OccurredAt { get; init; }

    [JsonPropertyName("received_at")]
    public required DateTimeOffset ReceivedAt { get; init; }

    [JsonPropertyName("alert")]
    public bool Alert { get; init; }
}
