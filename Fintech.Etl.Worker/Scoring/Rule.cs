using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Fintech.Etl.Worker.Scoring.State;

namespace Fintech.Etl.Worker.Scoring;

/// <summary>
/// One rule of a set. Rules are data: the property <c>rule</c> tells its kind, the others its parameters. All of them fire when a
/// value is above a threshold.
/// </summary>
/// <param name="Shadow">Evaluated and counted, never alerted.</param>
/// <param name="Severity">Of its alerts; null: from its score.</param>
/// <param name="Weight">Its score at the threshold, 1 to 100.</param>
/// <param name="Name">Tells apart two rules of a kind; null: its kind.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "rule")]
[JsonDerivedType(typeof(HighValueRule), HighValueRule.Kind)]
[JsonDerivedType(typeof(VelocityRule), VelocityRule.Kind)]
[JsonDerivedType(typeof(SpendSpikeRule), SpendSpikeRule.Kind)]
[JsonDerivedType(typeof(CardTestingRule), CardTestingRule.Kind)]
[JsonDerivedType(typeof(NewCategoryRule), NewCategoryRule.Kind)]
internal abstract record Rule(bool Enabled, bool Shadow, string? Severity, int Weight, string? Name)
{
    public const int DefaultWeight = 50;

    private const int LongestName = 64;

    [JsonIgnore]
    public abstract string KindOf { get; }

    /// <summary>By which counts, snoozes and messages call it.</summary>
    [JsonIgnore]
    public string Title => Name ?? KindOf;

    /// <summary>Null where the rule does not fire. A pure function of the rule, its input and what is known of the customer before it.</summary>
    public abstract RuleHit? Evaluate(in ScoringInput input, in CustomerView customer);

    /// <summary>What makes the rule unusable, each a sentence that names rule and parameter.</summary>
    public IEnumerable<string> Faults()
    {
        if (Weight is < 1 or > 100)
            yield return Fault("weight", $"must be 1 to 100; it is {Weight}");
        if (Severity is not null && !Severities.All.Contains(Severity))
            yield return Fault("severity", $"must be one of {string.Join(", ", Severities.All)}; it is '{Severity}'");
        if (Name is not null && (string.IsNullOrWhiteSpace(Name) || Name.Length > LongestName || Name.Any(char.IsControl)))
            yield return Fault("name", $"must be 1 to {LongestName} characters without control characters");
        foreach (var fault in FaultsOfParameters())
            yield return fault;
    }

    protected abstract IEnumerable<string> FaultsOfParameters();

    protected string Fault(string parameter, string what) => $"{Title}: {parameter} {what}.";

    protected IEnumerable<string> MoneyFaults(string parameter, decimal amount, decimal most = 999_999_999_999.99m)
    {
        if (amount <= 0 || amount > most || decimal.Round(amount, 2) != amount)
            yield return Fault(parameter, FormattableString.Invariant($"must be above zero, at most {most} and in whole cents; it is {amount}"));
    }

    protected IEnumerable<string> CurrencyFaults(string currency)
    {
        if (!Fintech.Contracts.EventChecks.CurrencyCode().IsMatch(currency))
            yield return Fault("currency", $"must be three capital letters; it is '{currency}'");
    }

    protected IEnumerable<string> WindowFaults(TimeSpan window)
    {
        if (window < TimeSpan.FromSeconds(1) || window > RecentPurchases.LongestWindow)
            yield return Fault("window", $"must be 00:00:01 to {RecentPurchases.LongestWindow:c}; it is {window:c}");
    }

    protected IEnumerable<string> RangeFaults(string parameter, int value, int least, int most)
    {
        if (value < least || value > most)
            yield return Fault(parameter, $"must be {least} to {most}; it is {value}");
    }

    /// <param name="inputs">What else it looked at, and what makes up the threshold.</param>
    protected RuleHit Hit(string input, decimal value, decimal threshold, string unit, JsonObject? inputs = null)
    {
        var score = Score(value, threshold);
        return new RuleHit(KindOf, input, value, threshold, unit, score, Weight, Severity ?? Severities.Of(score), Name, inputs);
    }

    /// <summary>The weight at the threshold; from there half of what is left to 100 with the first doubling, all of it with the second.</summary>
    private int Score(decimal value, decimal threshold)
    {
        var excess = Math.Clamp(Math.Log2((double)value / (double)threshold) / 2, 0, 1);
        return (int)Math.Round(Weight + (100 - Weight) * excess);
    }
}

/// <summary>Why an alert was raised: the input a rule looked at, and what it was compared with.</summary>
/// <param name="Rule">Its kind.</param>
/// <param name="Unit">Of value and threshold, for example a currency.</param>
/// <param name="Inputs">Further figures of a rule that looks at more than one.</param>
internal sealed record RuleHit(
    string Rule, string Input, decimal Value, decimal Threshold, string Unit, int Score, int Weight, string Severity, string? Name, JsonObject? Inputs);

internal static class Severities
{
    /// <summary>From the mildest.</summary>
    public static readonly string[] All = ["low", "medium", "high", "critical"];

    /// <summary>With the weight 50 of the high-value rule: medium up to one and a half times the threshold, critical from about 2.6 times.</summary>
    public static string Of(int score) => score switch
    {
        < 50 => All[0],
        < 65 => All[1],
        < 85 => All[2],
        _ => All[3],
    };

    public static string Strongest(IEnumerable<string> severities) => severities.MaxBy(severity => Array.IndexOf(All, severity))!;
}
