using System.Text.Json.Serialization;

namespace Fintech.Dashboard.Pipeline;

/// <summary><c>{"stage":"extract","what":"transactions","rows":100000,"amount":123.45,"seconds":0.8}</c>, as the worker writes it into <c>etl.run.stages</c>.</summary>
internal sealed record StageLine(string Stage, string What, long Rows, decimal? Amount = null, double? Seconds = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(List<StageLine>))]
internal sealed partial class StagesJson : JsonSerializerContext;
