using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fintech.Analysis.Figures;

// What the statements of this folder return, part by part. Money is always in the currency beside it.

internal sealed record AlertTotal(string Currency, long Alerts, decimal Amount, long Confirmed, long Dismissed);

internal sealed record RuleHits(string Rule, string Currency, long Alerts, decimal Amount);

internal sealed record RuleInForce(int Version, string Rule, bool Enabled, decimal? Threshold, string? Currency);

internal sealed record CurrencyTotal(
    string Currency, long Transactions, long Purchases, decimal Sales, decimal Refunds, decimal Revenue, long Scored, DateTimeOffset FirstHour, DateTimeOffset LastHour);

internal sealed record CategoryRevenue(string Currency, string Category, long Transactions, long Purchases, decimal Refunds, decimal Revenue);

/// <param name="Rate">Of all currencies together: transactions, not amounts. Null where nothing was scored.</param>
internal sealed record AlertRate(long Alerts, long Scored, decimal? Rate);

/// <summary>The first and the last hour in which something happened, and how much; and the first and the last day of the whole warehouse.</summary>
internal sealed record Edges(DateTimeOffset FirstHour, DateTimeOffset LastHour, long InFirst, long InLast, DateOnly? FirstDay, DateOnly? LastDay);

/// <param name="Weekday">ISO: 1 = Monday.</param>
internal sealed record HourOfWeek(int Weekday, int Hour, long Transactions);

internal sealed record TrendPoint(string Currency, bool ByHour, DateTimeOffset At, long Transactions, decimal Revenue);

/// <param name="TailPurchases">Those of the 99th percentile's amount or more.</param>
internal sealed record AmountSummary(
    string Currency, long Purchases, decimal Sales, decimal Mean, decimal Smallest, decimal Largest, long TailPurchases, decimal TailSales);

internal sealed record Quantile(string Currency, decimal P, decimal Amount);

/// <param name="Bin">Amounts from 10^(bin/10) on, below 10^((bin+1)/10).</param>
internal sealed record AmountBin(string Currency, int Bin, long Purchases, decimal Sales);

internal sealed record ThresholdStep(decimal Threshold, decimal Factor, long Purchases, decimal Sales);

internal sealed record ActiveCustomers(long Customers);

/// <param name="Earning">Customers with revenue above zero: concentration is that of theirs.</param>
/// <param name="Decile">How many the top tenth is, at least one.</param>
/// <param name="Half">The fewest customers who together have half of the revenue.</param>
internal sealed record CustomerSummary(
    string Currency, long Customers, long Active, long Earning, decimal Revenue, decimal? Gini, long Decile, decimal DecileRevenue, long Half);

internal sealed record LorenzPoint(string Currency, decimal Customers, decimal Revenue);

internal sealed record TopCustomer(string Currency, int Rank, string Customer, long Purchases, decimal Revenue, decimal Share);

/// <param name="Judged">Customers with six purchases or more.</param>
/// <param name="Ordinary">The largest purchase is above the threshold, and nothing unusual for this customer.</param>
internal sealed record SpendingPattern(long Judged, long Caught, long Missed, long Ordinary);

internal sealed record Delay(string CameBy, int Bucket, long Transactions, long AfterItsDay);

internal sealed record Loads(long Runs, long Batches, long Streams, long Unknown, long Unsound, long? FirstRun, long? LastRun);

internal sealed record Reconciled(string Currency, long Facts, decimal FactsAmount, long Aggregated, decimal AggregatedAmount, bool Agrees);

internal sealed record Passes(long Count, long Failed, long Unbalanced, long RowsRead, long RowsLoaded, long RowsKnown, long RowsQuarantined);

internal sealed record NewestPass(
    long RunId, string Status, DateTimeOffset StartedAt, DateTimeOffset? FinishedAt, bool Balanced, long ChecksBlocked, long ChecksWarned);

internal sealed record Rejected(string CheckName, string Status, long Rows);

internal sealed record RejectedAt(bool ByHour, DateTimeOffset At, long Rows);

internal sealed record FailedCheck(string Name, string Severity, long Passes, long Failures);

/// <summary>Generated, because a file-based app has no reflection for JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(AlertTotal))]
[JsonSerializable(typeof(RuleHits))]
[JsonSerializable(typeof(RuleInForce))]
[JsonSerializable(typeof(CurrencyTotal))]
[JsonSerializable(typeof(AlertRate))]
[JsonSerializable(typeof(Edges))]
[JsonSerializable(typeof(CategoryRevenue))]
[JsonSerializable(typeof(HourOfWeek))]
[JsonSerializable(typeof(TrendPoint))]
[JsonSerializable(typeof(AmountSummary))]
[JsonSerializable(typeof(Quantile))]
[JsonSerializable(typeof(AmountBin))]
[JsonSerializable(typeof(ThresholdStep))]
[JsonSerializable(typeof(ActiveCustomers))]
[JsonSerializable(typeof(CustomerSummary))]
[JsonSerializable(typeof(LorenzPoint))]
[JsonSerializable(typeof(TopCustomer))]
[JsonSerializable(typeof(SpendingPattern))]
[JsonSerializable(typeof(Delay))]
[JsonSerializable(typeof(Loads))]
[JsonSerializable(typeof(Reconciled))]
[JsonSerializable(typeof(Passes))]
[JsonSerializable(typeof(NewestPass))]
[JsonSerializable(typeof(Rejected))]
[JsonSerializable(typeof(RejectedAt))]
[JsonSerializable(typeof(FailedCheck))]
internal sealed partial class RowJson : JsonSerializerContext;
