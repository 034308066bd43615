using System.Text.Json.Serialization;

namespace Fintech.Etl.Worker.Scoring;

/// <summary>What rules look at: one customer's transaction.</summary>
internal readonly record struct ScoringInput(decimal Amount, string Currency);

/// <summary>One rule of a set. Rules are data: the property <c>rule</c> tells its kind, the others its parameters.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "rule")]
[JsonDerivedType(typeof(HighValueRule), HighValueRule.Kind)]
internal abstract record Rule([property: JsonPropertyName("enabled")] bool Enabled)
{
    /// <summary>Null where the rule does not fire. A pure function of the rule and its input.</summary>
    public abstract RuleHit? Evaluate(in ScoringInput input);

    /// <returns>What makes the rule unusable, null where nothing does.</returns>
    public abstract string? Fault();
}

/// <summary>
/// An amount above a threshold, in the threshold's currency only: amounts in other currencies are not comparable with it.
/// <code>{"rule":"high-value","enabled":true,"threshold":3000,"currency":"USD"}</code>
/// </summary>
internal sealed record HighValueRule(
    [property: JsonPropertyName("threshold")] decimal Threshold,
    [property: JsonPropertyName("currency")] string Currency,
    bool Enabled = true) : Rule(Enabled)
{
    public const string Kind = "high-value";

    public override RuleHit? Evaluate(in ScoringInput input) =>
        input.Amount > Threshold && input.Currency == Currency
            ? new RuleHit(Kind, "amount", input.Amount, Threshold, Currency, Score(input.Amount))
            : null;

    public override string? Fault() => Threshold > 0 ? null : $"the threshold of {Kind} must be above zero; it is {Threshold}";

    /// <summary>50 at the threshold, 25 more with each doubling, at most 100: how far above matters, not how many units.</summary>
    private int Score(decimal amount) =>
        (int)Math.Round(Math.Min(100, 50 + 25 * Math.Log2((double)amount / (double)Threshold)));
}

/// <summary>Why an alert was raised: the input a rule looked at, and what it was compared with.</summary>
/// <param name="Unit">Of value and threshold, for example a currency.</param>
internal sealed record RuleHit(
    [property: JsonPropertyName("rule")] string Rule,
    [property: JsonPropertyName("input")] string Input,
    [property: JsonPropertyName("value")] decimal Value,
    [property: JsonPropertyName("threshold")] decimal Threshold,
    [property: JsonPropertyName("unit")] string Unit,
    [property: JsonPropertyName("score")] int Score);
