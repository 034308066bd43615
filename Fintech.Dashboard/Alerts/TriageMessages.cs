using System.Text.Json;

namespace Fintech.Dashboard.Alerts;

/// <summary>Which alert: a transaction id means something only within its ledger.</summary>
internal readonly record struct AlertKey(string Id, string Source);

/// <param name="After">The newest disposition of the alert that the asker has seen; null where there was none. Another one since is a conflict.</param>
internal sealed record SeenAlert(string Id, string Source, long? After);

/// <param name="Next">Cursor of the next page; null on the last one.</param>
/// <param name="AsOf">When the newest alert of all was committed: what came later is counted as new by <see cref="AlertChanges"/>.</param>
internal sealed record AlertPage(IReadOnlyList<AlertRow> Alerts, string? Next, DateTimeOffset? AsOf);

/// <param name="Hits">The rules that fired, as docs/rules.md describes them.</param>
/// <param name="Status"><c>open</c>, <c>acknowledged</c>, <c>confirmed_fraud</c> or <c>false_positive</c>.</param>
/// <param name="DispositionId">The newest one; what a decision names as seen. Null while nobody decided anything.</param>
internal sealed record AlertRow(
    string Id,
    string Source,
    DateTimeOffset OccurredAt,
    DateTimeOffset CommittedAt,
    decimal Amount,
    string Currency,
    string Merchant,
    string Category,
    long CustomerId,
    string Severity,
    int Score,
    int RuleSetVersion,
    JsonElement Hits,
    string? TraceId,
    string Status,
    long? DispositionId,
    string? Actor,
    DateTimeOffset? ChangedAt,
    AlertClaim? Claim);

/// <param name="Holder">The page that took it.</param>
internal sealed record AlertClaim(string Actor, Guid Holder, DateTimeOffset Since, DateTimeOffset ExpiresAt);

/// <param name="Counts">Alerts per state that the filter, its state left out, lets through.</param>
/// <param name="Added">How many that the filter lets through came since the page was read.</param>
/// <param name="Newest">To be named the next time.</param>
internal sealed record AlertChanges(
    DateTimeOffset At, IReadOnlyDictionary<string, long> Counts, long Added, long Newest, IReadOnlyList<StateChange> Decisions, IReadOnlyList<ClaimedAlert> Claims);

internal sealed record StateChange(string Id, string Source, long DispositionId, string Status, string Actor, DateTimeOffset ChangedAt);

internal sealed record ClaimedAlert(string Id, string Source, AlertClaim Claim);

/// <summary>One alert in full.</summary>
/// <param name="At">The server's clock: ages are measured against it.</param>
/// <param name="TraceUrl">Where the trace can be looked at; null without <c>Dashboard:TraceUrl</c> or a trace.</param>
internal sealed record AlertDossier(
    AlertRow Alert,
    AlertStages Stages,
    IReadOnlyList<Disposition> Dispositions,
    IReadOnlyList<Delivery> Deliveries,
    IReadOnlyList<SnoozeState> Snoozes,
    string? TraceUrl,
    DateTimeOffset At);

internal sealed record AlertStages(
    DateTimeOffset OccurredAt, DateTimeOffset ReceivedAt, DateTimeOffset ScoredAt, DateTimeOffset CommittedAt, DateTimeOffset? ShownAt);

/// <param name="Undoes">The one that this one takes back.</param>
internal sealed record Disposition(long DispositionId, string Status, string? Comment, string Actor, DateTimeOffset At, long? Undoes);

/// <param name="Status"><c>pending</c>, <c>delivered</c> or <c>dead</c>.</param>
internal sealed record Delivery(
    string Target, string Status, int Attempts, DateTimeOffset CreatedAt, DateTimeOffset NextAttemptAt, DateTimeOffset? DecidedAt, string? LastError);

/// <param name="Rule">Null for all of them.</param>
internal sealed record SnoozeState(long SnoozeId, long CustomerId, string? Rule, DateTimeOffset Until, string Reason, DateTimeOffset CreatedAt, string CreatedBy);

/// <param name="Transactions">Newest first.</param>
/// <param name="Complete">False where there were more than are listed; then the windows count only these.</param>
internal sealed record CustomerHistory(
    DateTimeOffset From, DateTimeOffset To, IReadOnlyList<CustomerTransaction> Transactions, bool Complete, SpendWindow Hour, SpendWindow Day);

internal sealed record CustomerTransaction(
    string Id, string Source, DateTimeOffset At, decimal Amount, string Currency, string Type, string Merchant, string Category, bool Alert);

/// <summary>Purchases in the alert's currency, up to and including the transaction of the alert, by event time.</summary>
internal sealed record SpendWindow(int Purchases, decimal Amount, string Currency);

/// <param name="Status">What the alert shall be.</param>
internal sealed record DecisionRequest(IReadOnlyList<SeenAlert> Alerts, string Status, string? Comment = null);

internal sealed record UndoRequest(string Id, string Source, long? After, string? Comment = null);

/// <param name="Refused">Each with a sentence that says why.</param>
/// <param name="Summary">For example "41 marked, 2 were already decided by Maria."</param>
internal sealed record DecisionResult(IReadOnlyList<StateChange> Done, IReadOnlyList<Refusal> Refused, string Summary);

/// <param name="Kind"><c>changed</c>, <c>claimed</c>, <c>impossible</c> or <c>unknown</c>.</param>
/// <param name="By">Who changed or claimed it.</param>
internal sealed record Refusal(string Id, string Source, string Kind, string? By, string Sentence);

/// <param name="Holder">Made up by the page, for as long as it is open.</param>
/// <param name="Passed">What it was given before and left: not again.</param>
internal sealed record TakeRequest(Guid Holder, IReadOnlyList<AlertKey>? Passed = null);

internal sealed record ClaimRequest(Guid Holder, string Id, string Source);

/// <param name="Most">No more are counted.</param>
internal sealed record OpenAlerts(long Open, int Most);

/// <summary>Followed at <c>/api/alerts/snoozes/requests/{commandId}</c>.</summary>
internal sealed record AskedSnooze(long CommandId);

internal sealed record SnoozeRequest(long CustomerId, string? Rule, DateTimeOffset? Until, string Reason);

/// <param name="Outcome"><c>succeeded</c>, <c>failed</c>; null until then.</param>
internal sealed record SnoozeProgress(long CommandId, DateTimeOffset RequestedAt, DateTimeOffset? StartedAt, string? Outcome, string? Message);
