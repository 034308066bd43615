using System.Text.Json.Serialization;

namespace Fintech.Contracts;

/// <summary>
/// A card transaction as it travels on the wire, one JSON object per stream entry:
/// <code>{"transaction_id":"t-1","customer_id":42,"amount":19.99,"merchant_name":"Corner Cafe","timestamp":1767225600}</code>
/// </summary>
public sealed record TransactionEvent
{
    /// <summary>Unique within <see cref="Source"/>. Sent again with the same id it is the same transaction.</summary>
    [JsonPropertyName("transaction_id")]
    public required string TransactionId { get; init; }

    [JsonPropertyName("customer_id")]
    public required long CustomerId { get; init; }

    /// <summary>In units of <see cref="Currency"/>, at most two decimals.</summary>
    [JsonPropertyName("amount")]
    public required decimal Amount { get; init; }

    [JsonPropertyName("merchant_name")]
    public required string MerchantName { get; init; }

    /// <summary>When the card was used. On the wire Unix seconds (fractions allowed) or ISO 8601.</summary>
    [JsonPropertyName("timestamp")]
    [JsonConverter(typeof(WireTimestampConverter))]
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>ISO 4217; absent means the platform's default currency.</summary>
    [JsonPropertyName("currency")]
    public string? Currency { get; init; }

    /// <summary><c>purchase</c> (when absent), <c>refund</c> or <c>reversal</c>.</summary>
    [JsonPropertyName("type")]
    public string? Type { get; init; }

    [JsonPropertyName("terminal_id")]
    public string? TerminalId { get; init; }

    /// <summary>The ledger this transaction belongs to; absent means the stream's own. Equal ids of different sources never collide.</summary>
    [JsonPropertyName("source")]
    public string? Source { get; init; }
}
