using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fintech.Producer.Ingest;

/// <summary>
/// What <c>202</c> says: <code>{"accepted":2,"repeated":[{"index":2,"transaction_id":"t-1","first":0}]}</code>
/// </summary>
/// <param name="Count">Transactions that Redis now has.</param>
/// <param name="Repeated">Items that are another one of the request once more; they were taken in once.</param>
internal sealed record Accepted(
    [property: JsonPropertyName("accepted")] int Count,
    [property: JsonPropertyName("repeated")] IReadOnlyList<RepeatedItem> Repeated);

internal sealed record RepeatedItem(
    [property: JsonPropertyName("index")] int Index,
    [property: JsonPropertyName("transaction_id")] string TransactionId,
    [property: JsonPropertyName("first")] int First);

/// <summary>What is wrong with an item, counted from 0. It names fields, never their values.</summary>
internal sealed record ItemFault(
    [property: JsonPropertyName("index")] int Index,
    [property: JsonPropertyName("reason")] string Reason);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Accepted))]
[JsonSerializable(typeof(IReadOnlyList<ItemFault>))]
internal sealed partial class IngestJson : JsonSerializerContext;
