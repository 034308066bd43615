using System.Text.Json;

namespace Fintech.Dashboard.Pipeline;

/// <param name="Doing">Completes "While …".</param>
/// <param name="Of">0 until it is known.</param>
internal sealed record Progress(string Doing, long Rows, long Of);

internal sealed record RowsAndAmount(long Rows, decimal Amount);

/// <summary>One batch pass. <c>read = loaded + quarantined + known</c>, in rows and in money, is the promise; the page shows whether it holds.</summary>
/// <param name="Mode">incremental, full, range or replay.</param>
/// <param name="Currency">Of the amounts, where the run has one.</param>
internal sealed record Run(
    long Id, string Kind, string Trigger, string Status, string? SourceSystem, DateTimeOffset StartedAt, DateTimeOffset? FinishedAt,
    RowsAndAmount Read, RowsAndAmount Loaded, RowsAndAmount Quarantined, RowsAndAmount Known, string? Mode, string? Currency, string? Error,
    long ChecksFailed, Progress? Progress);

internal sealed record RunPage(IReadOnlyList<Run> Runs, long? Next);

internal sealed record Stage(string Name, string What, long Rows, decimal? Amount, double? Seconds);

internal sealed record Check(string Name, string Severity, bool Passed, long Failures, string[] Sample, string? Detail);

internal sealed record RunDetail(Run Run, string Host, JsonElement Settings, IReadOnlyList<Stage> Stages, IReadOnlyList<Check> Checks, long RowsInQuarantine);

/// <param name="Gaps">Ranges of ids below it that were not there yet.</param>
internal sealed record Watermark(
    string SourceSystem, string Entity, long LastId, DateTimeOffset UpdatedAt, DateTimeOffset? ReadAt, long Gaps, DateTimeOffset? OldestGap, long MissingIds);

internal sealed record SourceAuditResult(
    string SourceSystem, DateTimeOffset At, RowsAndAmount Source, RowsAndAmount Warehouse, long Changed, long Deleted, long Missing, bool Repaired);

internal sealed record LiveAuditResult(
    string Check, DateTimeOffset At, long Compared, long Drift, long ComparedTotal, long DriftTotal, DateTimeOffset? DriftAt, string[] Sample);

internal sealed record Loss(long Id, string Stream, DateTimeOffset At, string Kind, string AfterEntry, long Missing);

internal sealed record WebhookTarget(
    string Target, string MinSeverity, long Pending, DateTimeOffset? OldestPending, long Dead, string? LastError, long DeliveredToday);

internal sealed record QuarantineGroup(
    string Check, string Origin, long Rows, decimal Amount, DateTimeOffset Oldest, DateTimeOffset Newest, long NewestId, long Fixed, long Sealed);

internal sealed record RuleSetHead(int Version, DateTimeOffset At, string By, int Alerting, int Shadow, int Off);

/// <summary>What the page asks for again and again: everything but the streams, which change all the time.</summary>
internal sealed record Overview(
    Run? LastRun, Run? Running, IReadOnlyList<Watermark> Watermarks, IReadOnlyList<SourceAuditResult> SourceAudits,
    IReadOnlyList<LiveAuditResult> LiveAudits, IReadOnlyList<Loss> Losses, IReadOnlyList<WebhookTarget> Webhooks,
    IReadOnlyList<QuarantineGroup> Quarantine, RuleSetHead? RuleSet, IReadOnlyList<Command> Commands);

/// <param name="Sealed">Size of what could not be read and is kept encrypted; null where it could.</param>
internal sealed record RejectedRow(
    long Id, long RunId, string Origin, string SourceSystem, string Key, string Check, string Reason, decimal? Amount, string Status,
    DateTimeOffset RejectedAt, DateTimeOffset? FixedAt, int? Sealed, DateTimeOffset? DecidedAt, long? ReplayRunId);

internal sealed record RejectedPage(IReadOnlyList<RejectedRow> Rows, long? Next);

/// <param name="Payload">Pseudonymised; null for who may not see it, and where it is sealed.</param>
internal sealed record RejectedDetail(RejectedRow Row, JsonElement? Payload, JsonElement? Fixed, bool Withheld);

/// <param name="Lag">Entries added and not committed; null while Redis does not answer.</param>
/// <param name="LagSeconds">Age of the oldest of them.</param>
/// <param name="Rate">Committed entries a second over the last seconds; null until it is known.</param>
internal sealed record Partition(
    string Stream, string LastEntry, long EntriesRead, string? Owner, DateTimeOffset? UpdatedAt, string? Epoch,
    long? Length, long? Added, long? Lag, double? LagSeconds, double? Rate);

/// <param name="Fault">Why Redis was not asked, in a sentence.</param>
internal sealed record Streams(DateTimeOffset At, IReadOnlyList<Partition> Partitions, string? Fault);

internal sealed record RuleSetVersion(int Version, DateTimeOffset At, string By, string? Because, int? BasedOn, JsonElement Rules);

internal sealed record RuleDay(string Rule, DateOnly Day, long Evaluated, long Alerted, long Shadowed, long Snoozed);

/// <param name="Versions">The newest first; that one is in force.</param>
/// <param name="Next">Older versions are before this one; null where there are none.</param>
internal sealed record Rules(IReadOnlyList<RuleSetVersion> Versions, int? Next, IReadOnlyList<RuleDay> Days);

/// <param name="Arguments">Null for who may not see contents, where the command carries some.</param>
internal sealed record Command(
    long Id, string Name, JsonElement? Arguments, string By, DateTimeOffset RequestedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt,
    Progress? Progress, string? Outcome, JsonElement? Answer);

internal sealed record CommandPage(IReadOnlyList<Command> Commands, long? Next);

/// <summary>What the page asks for: a command, and the key that makes it one however often it is sent.</summary>
internal sealed record AskedCommand(string Name, JsonElement Arguments, Guid Key);

/// <param name="New">False where the key was sent before.</param>
internal sealed record AcceptedCommand(long Id, bool New);
