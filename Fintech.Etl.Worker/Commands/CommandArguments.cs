using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fintech.Etl.Worker.Commands;

/// <summary><c>{"full": true}</c>, or <c>{"from": "2026-01-01", "to": "2026-02-01", "dry_run": true}</c>.</summary>
internal sealed record RunArguments(bool Full = false, string? From = null, string? To = null, bool DryRun = false)
{
    /// <summary>As one would type it, so that both ways are judged by the same rules.</summary>
    public string[] Words =>
    [
        .. Full ? ["--full"] : Array.Empty<string>(),
        .. From is null ? Array.Empty<string>() : ["--from", From],
        .. To is null ? Array.Empty<string>() : ["--to", To],
        .. DryRun ? ["--dry-run"] : Array.Empty<string>(),
    ];
}

/// <summary><c>{"repair": true, "block": 100000}</c>.</summary>
internal sealed record AuditArguments(bool Repair = false, long? Block = null);

/// <summary><c>{"id": 17, "set": {"amount": "12.50"}}</c>, or <c>{"id": 17, "event": {…}}</c>.</summary>
internal sealed record FixArguments(long Id, IReadOnlyDictionary<string, string>? Set = null, JsonElement? Event = null);

/// <summary><c>{"ids": [17, 18]}</c>, <c>{"check": "amount"}</c> (also <c>reason</c>, <c>origin</c>), or <c>{"all": true}</c>.</summary>
internal sealed record ReplayArguments(long[]? Ids = null, string? Check = null, string? Reason = null, string? Origin = null, bool All = false);

/// <summary><c>{"ids": [17], "because": "test data"}</c>, or <c>{"check": "amount", "up_to": 812, "because": "test data"}</c> (also <c>origin</c>).</summary>
/// <param name="UpTo">The newest row that is meant, since others may have come while somebody was looking.</param>
internal sealed record DiscardArguments(string Because, long[]? Ids = null, string? Check = null, string? Origin = null, long? UpTo = null);

/// <summary><c>{"base": 3, "rules": [{"rule": "high-value", …}], "because": "too many alerts"}</c>.</summary>
/// <param name="Base">The version that was changed.</param>
internal sealed record RulesSetArguments(int Base, JsonElement Rules, string? Because = null);

/// <summary><c>{"rules": [{"rule": "high-value", …}], "days": 7}</c>.</summary>
internal sealed record RulesBacktestArguments(JsonElement Rules, int Days = 7);

/// <summary><c>{"ids": [17]}</c>, <c>{"target": "cases"}</c>, or <c>{"all": true}</c>.</summary>
internal sealed record WebhooksRetryArguments(long[]? Ids = null, string? Target = null, bool All = false);

/// <summary><c>{"command": 17}</c>.</summary>
internal sealed record CancelArguments(long Command);

/// <summary><c>{"customer_id": 4711, "rule": "velocity", "until": "2026-12-31T00:00:00Z", "reason": "travels"}</c>; rule null: all of them.</summary>
internal sealed record SnoozeArguments(long CustomerId, string Reason, DateTimeOffset Until, string? Rule = null);

/// <summary><c>{"customer_id": 4711, "rule": "velocity", "reason": "is back"}</c></summary>
internal sealed record SnoozeEndArguments(long CustomerId, string Reason, string? Rule = null);

/// <summary>Strict: what is not understood is refused, never left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(RunArguments))]
[JsonSerializable(typeof(AuditArguments))]
[JsonSerializable(typeof(FixArguments))]
[JsonSerializable(typeof(ReplayArguments))]
[JsonSerializable(typeof(DiscardArguments))]
[JsonSerializable(typeof(SnoozeArguments))]
[JsonSerializable(typeof(SnoozeEndArguments))]
[JsonSerializable(typeof(RulesSetArguments))]
[JsonSerializable(typeof(RulesBacktestArguments))]
[JsonSerializable(typeof(WebhooksRetryArguments))]
[JsonSerializable(typeof(CancelArguments))]
internal sealed partial class CommandJson : JsonSerializerContext;
