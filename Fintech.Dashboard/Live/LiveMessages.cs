using System.Text.Json.Serialization;
using Fintech.Dashboard.Live.Filters;

namespace Fintech.Dashboard.Live;

/// <summary>What the page receives, prepared as JSON: camelCase; decimals are numbers, times ISO 8601.</summary>
public interface ILiveClient
{
    /// <summary>Answers <c>Subscribe</c>: everything the page needs to show the window.</summary>
    /// <param name="snapshot">A <see cref="LiveSnapshot"/>.</param>
    Task Snapshot(Prepared snapshot);

    /// <summary>Replaces the numbers of the page; points are added to those it holds.</summary>
    /// <param name="frame">A <see cref="LiveFrame"/>.</param>
    Task Frame(Prepared frame);
}

/// <param name="Points">The last five minutes: a fair sample, and every alert.</param>
/// <param name="Rate">Transactions per second, one point a second, the last five minutes.</param>
public sealed record LiveSnapshot(LiveFrame Frame, IReadOnlyList<AmountPoint> Points, IReadOnlyList<SeriesPoint> Rate);

/// <param name="Sequence">Grows with every frame of this process; a page that sees it shrink has met a restart.</param>
/// <param name="At">When the numbers were read from the warehouse. It stands still while the warehouse is away.</param>
/// <param name="Window"><c>1m</c>, <c>5m</c>, <c>1h</c>, <c>today</c> or <c>all</c>.</param>
/// <param name="Previous">The window before, counted over as much time as has passed of this one; null for <c>all</c>.</param>
/// <param name="Categories">Largest first.</param>
/// <param name="Merchants">Those with most transactions, of the time that <paramref name="Scope"/> says.</param>
/// <param name="Points">New since the frame before: at most 200, sampled, alerts always.</param>
/// <param name="Alerts">The newest 50 by commit; of a filter, among the newest 20,000.</param>
/// <param name="Latest">The newest 20 of a sample.</param>
/// <param name="Threshold">The high-value rule in force: amounts above it alert. Null when there is none.</param>
/// <param name="Filter">What the frame is narrowed to; null for everything.</param>
/// <param name="Scope">Which figures the frame holds, and of what time.</param>
/// <param name="Trend">The small lines of the figures; null where they have not changed since the frame before.</param>
/// <param name="AlertsInChart">Alerts of the chart's five minutes, of which it may hold a fair part only; null where that is not known.</param>
/// <param name="Raised">Of a filtered frame: the newest alerts of everything, for which a page calls whatever it is narrowed to; null where they have not changed since the frame before.</param>
public sealed record LiveFrame(
    long Sequence,
    DateTimeOffset At,
    string Window,
    Kpis Kpis,
    Kpis? Previous,
    IReadOnlyList<CategoryTotal> Categories,
    IReadOnlyList<MerchantTotal> Merchants,
    IReadOnlyList<AmountPoint> Points,
    IReadOnlyList<AlertItem> Alerts,
    IReadOnlyList<TransactionItem> Latest,
    PipelineState Pipeline,
    decimal? Threshold,
    FilterRequest? Filter = null,
    ScopeState? Scope = null,
    TrendState? Trend = null,
    long? AlertsInChart = null,
    IReadOnlyList<AlertItem>? Raised = null);

/// <param name="Figures">
/// <c>all</c>: everything, no filter. <c>filtered</c>: figures are of the filter, but for those in <paramref name="Unknown"/>.
/// <c>pending</c>: the filter is being read for the first time.
/// </param>
/// <param name="Unknown">Figures that are not known and not to be shown: <c>transactions</c>, <c>value</c>, <c>alerts</c>, <c>alertRate</c>, <c>rate</c>, <c>latency</c>, <c>categories</c>, <c>merchants</c>.</param>
/// <param name="Estimated">The window does not begin with a whole minute: its first counts in proportion.</param>
/// <param name="At">When what was read from single facts was read; null where nothing was.</param>
/// <param name="Since">Since when filtered figures count, where that is not the whole window.</param>
/// <param name="Merchants">Which time the merchants are of, <c>1m</c>, <c>5m</c> or <c>1h</c>; null before they are known.</param>
/// <param name="MerchantsSince">Since when they count, where that is not all of it.</param>
/// <param name="Note">A sentence about what is missing and why; null when nothing is.</param>
public sealed record ScopeState(
    string Figures,
    IReadOnlyList<string> Unknown,
    bool Estimated,
    DateTimeOffset? At,
    DateTimeOffset? Since,
    string? Merchants,
    DateTimeOffset? MerchantsSince,
    string? Note);

/// <param name="From">Begin of the first step.</param>
/// <param name="At">When it was read: the last step is under way.</param>
/// <param name="Value">In the currency of most transactions.</param>
/// <param name="LatencyP99Ms">Of each step; null where it is not known for what is shown.</param>
public sealed record TrendState(
    DateTimeOffset From,
    int StepSeconds,
    DateTimeOffset At,
    IReadOnlyList<long> Transactions,
    IReadOnlyList<decimal> Value,
    IReadOnlyList<long> Alerts,
    IReadOnlyList<double?>? LatencyP99Ms);

/// <param name="Value">One sum per currency, the currency with most transactions first.</param>
/// <param name="RatePerSecond">Over the last ten seconds; of a previous window, its mean.</param>
/// <param name="AlertRate">Alerts per scored transaction, 0 to 1. Only the stream is scored.</param>
/// <param name="LatencyP99Ms">From arrival in the stream to the commit, of the samples seen since the dashboard started; null without any.</param>
public sealed record Kpis(
    long Transactions, IReadOnlyList<Money> Value, long Alerts, double RatePerSecond, double AlertRate, double? LatencyP99Ms);

public sealed record Money(string Currency, decimal Amount);

public sealed record CategoryTotal(string Category, long Transactions, decimal Amount, string Currency);

public sealed record MerchantTotal(string Merchant, string Category, long Transactions, decimal Amount, string Currency);

/// <param name="At">Arrival in the stream.</param>
public sealed record AmountPoint(
    string Id, DateTimeOffset At, decimal Amount, string Currency, string Category, bool Alert, string Merchant = "", long CustomerId = 0);

/// <param name="SourceSystem">With the id, the key of the alert: for the dashboard itself.</param>
/// <param name="Severity"><c>low</c>, <c>medium</c>, <c>high</c> or <c>critical</c>.</param>
public sealed record AlertItem(
    string Id,
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
    IReadOnlyList<RuleHit> Hits,
    string? TraceId,
    [property: JsonIgnore] string SourceSystem = "");

/// <param name="Input">What was compared, for example <c>amount</c>.</param>
public sealed record RuleHit(string Rule, string Input, decimal Value, decimal Threshold, string Unit);

public sealed record TransactionItem(
    string Id, DateTimeOffset OccurredAt, decimal Amount, string Currency, string Merchant, string Category, long CustomerId, bool Alert);

public sealed record SeriesPoint(DateTimeOffset At, double Value);

/// <param name="Lag">Stream entries that are not in the warehouse yet.</param>
/// <param name="Status"><c>live</c>, <c>idle</c>, <c>stale</c> or <c>down</c>.</param>
/// <param name="Reason">A sentence when the status is neither live nor idle; when it is idle, where nobody would notice what comes.</param>
/// <param name="Batch">The newest batch run.</param>
/// <param name="Quarantined">Rows that wait in quarantine.</param>
/// <param name="Loss">What Redis lost in the last 24 hours; null when nothing.</param>
/// <param name="Drift">Where counters of the live path differ from the facts; null when they do not.</param>
/// <param name="Behind">Seconds until what waits is read at the present pace, without what comes meanwhile; null when that is a moment or not known.</param>
/// <param name="Durable">False where Redis keeps no append-only file: its next restart loses what it has accepted and nobody has read.</param>
public sealed record PipelineState(
    DateTimeOffset? LastCommitAt, long Lag, string Status, string? Reason, BatchState? Batch, long Quarantined, LossState? Loss = null,
    DriftState? Drift = null, double? Behind = null, bool Durable = true);

/// <param name="Check"><c>minutes</c> or <c>customers</c>.</param>
/// <param name="Sample">Names a few of them, such as <c>2026-03-01 12:30 USD slot 3</c>.</param>
public sealed record DriftState(string Check, DateTimeOffset NoticedAt, long Drift, IReadOnlyList<string> Sample);

/// <param name="NoticedAt">When the last of them was noticed.</param>
/// <param name="Streams">How many streams were not what they had been.</param>
/// <param name="Missing">Entries known to have been there and never read; what came and went between two looks is not among them.</param>
public sealed record LossState(DateTimeOffset NoticedAt, long Streams, long Missing);

/// <param name="Status"><c>running</c>, <c>succeeded</c> or <c>failed</c>.</param>
/// <param name="Reconciled">Rows and amount read = loaded + quarantined + already known.</param>
/// <param name="RowsRead">While it runs, as far as it has come.</param>
/// <param name="RowsExpected">An estimate; null where the run has not said yet.</param>
public sealed record BatchState(
    long RunId,
    string Status,
    DateTimeOffset StartedAt,
    DateTimeOffset? FinishedAt,
    long RowsLoaded,
    decimal AmountLoaded,
    long RowsQuarantined,
    bool Reconciled,
    long RowsRead,
    long? RowsExpected);

/// <summary>The answer of <c>GET /api/kpis</c>: the numbers a frame of the same moment shows.</summary>
public sealed record KpiReading(
    string Window, DateTimeOffset At, Kpis Kpis, Kpis? Previous, IReadOnlyList<CategoryTotal> Categories, PipelineState Pipeline);
