using System.Text.Json.Serialization;

namespace Fintech.Contracts;

/// <summary>Source-generated serialization of every wire contract. Unknown fields are ignored, so that producers may add their own.</summary>
[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(TransactionEvent))]
[JsonSerializable(typeof(FeedEntry))]
public sealed partial class ContractsJson : JsonSerializerContext;
