using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Fintech.Etl.Worker.Scoring.State;

namespace Fintech.Etl.Worker.Scoring;

/// <summary>
/// An amount above a threshold, whatever the customer's habits, refunds and reversals included.
/// <code>{"rule":"high-value","enabled":true,"threshold":3000,"currency":"USD"}</code>
/// </summary>
internal sealed record HighValueRule(
    decimal Threshold, string Currency,
    bool Enabled = true, bool Shadow = false, string? Severity = null, int Weight = Rule.DefaultWeight, string? Name = null)
    : Rule(Enabled, Shadow, Severity, Weight, Name)
{
    public const string Kind = "high-value";

    [JsonIgnore]
    public override string KindOf => Kind;

    public override RuleHit? Evaluate(in ScoringInput input, in CustomerView customer) =>
        input.Amount > Threshold && input.Currency == Currency ? Hit("amount", input.Amount, Threshold, Currency) : null;

    protected override IEnumerable<string> FaultsOfParameters() => [.. MoneyFaults("threshold", Threshold), .. CurrencyFaults(Currency)];
}

/// <summary>
/// More than so many purchases within a window that ends with this one.
/// <code>{"rule":"velocity","count":5,"window":"00:10:00"}</code>
/// </summary>
internal sealed record VelocityRule(
    int Count, TimeSpan Window,
    bool Enabled = true, bool Shadow = false, string? Severity = null, int Weight = Rule.DefaultWeight, string? Name = null)
    : Rule(Enabled, Shadow, Severity, Weight, Name)
{
    public const string Kind = "velocity";

    [JsonIgnore]
    public override string KindOf => Kind;

    public override RuleHit? Evaluate(in ScoringInput input, in CustomerView customer)
    {
        if (!input.IsPurchase || customer.Purchases < Count)
            return null;
        var count = customer.Within(input.OccurredAt, Window) + 1;
        return count > Count ? Hit("purchases", count, Count, "purchases", new() { ["window_seconds"] = Window.TotalSeconds }) : null;
    }

    protected override IEnumerable<string> FaultsOfParameters() =>
        [.. RangeFaults("count", Count, 1, RecentPurchases.Most), .. WindowFaults(Window)];
}

/// <summary>
/// An amount far above what this customer spends: above the decayed mean of 30 days by so many deviations.
/// <code>{"rule":"spend-spike","deviations":4,"minimum_history":10,"minimum_amount":200,"currency":"USD"}</code>
/// </summary>
/// <param name="MinimumHistory">Purchases in the currency before it may fire.</param>
/// <param name="MinimumAmount">No smaller amount is a spike, whatever the customer's habits.</param>
internal sealed record SpendSpikeRule(
    decimal Deviations, int MinimumHistory, decimal MinimumAmount, string Currency,
    bool Enabled = true, bool Shadow = false, string? Severity = null, int Weight = Rule.DefaultWeight, string? Name = null)
    : Rule(Enabled, Shadow, Severity, Weight, Name)
{
    public const string Kind = "spend-spike";

    /// <summary>Who always pays the same is no suspect for paying a cent more: a deviation is at least this part of the mean.</summary>
    private const double LeastDeviation = 0.05;

    [JsonIgnore]
    public override string KindOf => Kind;

    public override RuleHit? Evaluate(in ScoringInput input, in CustomerView customer)
    {
        if (!input.IsPurchase || input.Amount <= MinimumAmount || input.Currency != Currency)
            return null;
        var spend = customer.Spend;
        if (spend.Count < MinimumHistory || spend.IsForgottenAt(input.OccurredAt))
            return null;

        var deviation = Math.Max(spend.Deviation, spend.Mean * LeastDeviation);
        var threshold = Math.Max(MinimumAmount, Money(spend.Mean + (double)Deviations * deviation));
        return input.Amount <= threshold ? null : Hit("amount", input.Amount, threshold, Currency, new()
        {
            ["mean"] = Money(spend.Mean),
            ["deviation"] = Money(deviation),
            ["deviations"] = Deviations,
            ["history"] = spend.Count,
            ["minimum_amount"] = MinimumAmount,
        });
    }

    protected override IEnumerable<string> FaultsOfParameters()
    {
        if (Deviations is <= 0 or > 1000)
            yield return Fault("deviations", FormattableString.Invariant($"must be above 0 and at most 1000; it is {Deviations}"));
        foreach (var fault in RangeFaults("minimum_history", MinimumHistory, 2, 10_000))
            yield return fault;
        foreach (var fault in MoneyFaults("minimum_amount", MinimumAmount))
            yield return fault;
        foreach (var fault in CurrencyFaults(Currency))
            yield return fault;
    }

    /// <summary>Statistics are approximate; what is compared with money is in whole cents. Beyond what a decimal holds nothing is a spike.</summary>
    private static decimal Money(double amount) => amount < 1e15 ? decimal.Round((decimal)amount, 2) : 1e15m;
}

/// <summary>
/// A large purchase after several small ones: somebody tried whether the card works.
/// <code>{"rule":"card-testing","small_count":3,"small_amount":5,"large_amount":200,"window":"01:00:00","currency":"USD"}</code>
/// </summary>
internal sealed record CardTestingRule(
    int SmallCount, decimal SmallAmount, decimal LargeAmount, TimeSpan Window, string Currency,
    bool Enabled = true, bool Shadow = false, string? Severity = null, int Weight = Rule.DefaultWeight, string? Name = null)
    : Rule(Enabled, Shadow, Severity, Weight, Name)
{
    public const string Kind = "card-testing";

    [JsonIgnore]
    public override string KindOf => Kind;

    public override RuleHit? Evaluate(in ScoringInput input, in CustomerView customer)
    {
        if (!input.IsPurchase || input.Amount <= LargeAmount || input.Currency != Currency || customer.Purchases < SmallCount)
            return null;
        var small = customer.SmallWithin(input.OccurredAt, Window, SmallAmount);
        return small < SmallCount ? null : Hit("amount", input.Amount, LargeAmount, Currency, new()
        {
            ["small_purchases"] = small,
            ["small_count"] = SmallCount,
            ["small_amount"] = SmallAmount,
            ["window_seconds"] = Window.TotalSeconds,
        });
    }

    protected override IEnumerable<string> FaultsOfParameters()
    {
        foreach (var fault in (IEnumerable<string>)
            [.. RangeFaults("small_count", SmallCount, 1, RecentPurchases.Most), .. MoneyFaults("small_amount", SmallAmount, RecentPurchases.MostRemembered),
             .. MoneyFaults("large_amount", LargeAmount), .. WindowFaults(Window), .. CurrencyFaults(Currency)])
        {
            yield return fault;
        }

        if (LargeAmount < SmallAmount)
            yield return Fault("large_amount", FormattableString.Invariant($"must not be below small_amount, {SmallAmount}; it is {LargeAmount}"));
    }
}

/// <summary>
/// A high amount in a merchant category in which this customer never bought before.
/// <code>{"rule":"new-category","threshold":500,"minimum_history":10,"currency":"USD"}</code>
/// </summary>
/// <param name="MinimumHistory">Purchases, in any currency, before it may fire: to a new customer everything is new.</param>
internal sealed record NewCategoryRule(
    decimal Threshold, int MinimumHistory, string Currency,
    bool Enabled = true, bool Shadow = false, string? Severity = null, int Weight = Rule.DefaultWeight, string? Name = null)
    : Rule(Enabled, Shadow, Severity, Weight, Name)
{
    public const string Kind = "new-category";

    [JsonIgnore]
    public override string KindOf => Kind;

    public override RuleHit? Evaluate(in ScoringInput input, in CustomerView customer) =>
        input.IsPurchase && input.Amount > Threshold && input.Currency == Currency
        && customer.CategoryIsNew && customer.Purchases >= MinimumHistory
            ? Hit("amount", input.Amount, Threshold, Currency, new() { ["category"] = input.Category, ["history"] = customer.Purchases })
            : null;

    protected override IEnumerable<string> FaultsOfParameters() =>
        [.. MoneyFaults("threshold", Threshold), .. RangeFaults("minimum_history", MinimumHistory, 1, 10_000), .. CurrencyFaults(Currency)];
}
