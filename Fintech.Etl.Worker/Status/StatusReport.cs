using System.Text.Json.Serialization;

namespace Fintech.Etl.Worker.Status;

/// <summary>What <c>status</c> tells, and <c>status --json</c> prints.</summary>
/// <param name="LastPass">The newest batch pass that has ended; a dry run changes nothing, so it is none.</param>
internal sealed record StatusReport(
    DateTime At,
    IReadOnlyList<RunLine> Runs,
    RunLine? LastPass,
    IReadOnlyList<WatermarkLine> Watermarks,
    SourceLine Source,
    IReadOnlyList<StreamLine> Streams,
    IReadOnlyList<QuarantineLine> Quarantine,
    IReadOnlyList<CheckLine> FailedChecks);

internal sealed record RunLine(
    long RunId, string Kind, string Trigger, string Status, DateTime StartedAt, double Seconds,
    long RowsRead, long RowsLoaded, decimal AmountLoaded, long RowsQuarantined, long RowsKnown, string? Error);

/// <param name="Gaps">Ranges of skipped ids that are still looked for, the one below the first id among them.</param>
internal sealed record WatermarkLine(string SourceSystem, string Entity, long LastId, DateTime MovedAt, long Gaps, DateTime? OldestGapAt);

/// <param name="Away">Why the source could not be asked; then nothing else is known.</param>
internal sealed record SourceLine(long RowsBehind, decimal AmountBehind, long? LastId, string? Away);

internal sealed record StreamLine(string Stream, string LastEntry, long EntriesRead, DateTime MovedAt);

internal sealed record QuarantineLine(string Check, string Origin, long Rows, decimal Amount, DateTime OldestAt);

/// <param name="Sample">Keys of a few rows.</param>
internal sealed record CheckLine(string Name, string Severity, long Failures, string[] Sample, string? Detail);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(StatusReport))]
internal sealed partial class StatusJson : JsonSerializerContext;
