namespace Fintech.Etl.Worker.Scoring;

internal enum RuleOutcome
{
    Quiet,
    Alerted,
    Shadowed,
    Snoozed,
}

/// <summary>How often each rule of a set was evaluated, and what came of it.</summary>
internal sealed class RuleTally(RuleSet ruleSet)
{
    private readonly long[] counts = new long[ruleSet.Rules.Count * 4];

    public RuleSet RuleSet => ruleSet;

    public void Add(int rule, RuleOutcome outcome) => counts[rule * 4 + (int)outcome]++;

    public long Of(int rule, RuleOutcome outcome) => counts[rule * 4 + (int)outcome];

    public long Evaluated(int rule) => counts.AsSpan(rule * 4, 4).ToArray().Sum();
}
