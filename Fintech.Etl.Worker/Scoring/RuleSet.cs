using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fintech.Etl.Worker.Scoring;

/// <summary>
/// The rules in force, immutable. Scoring is a pure function: the same event under the same version gives the same alert,
/// today and in a back-test.
/// </summary>
internal sealed record RuleSet(int Version, IReadOnlyList<Rule> Rules)
{
    /// <summary>Null where no rule fires. The score of an alert is that of its strongest hit.</summary>
    public Alert? Score(in ScoringInput input)
    {
        List<RuleHit>? hits = null;
        foreach (var rule in Rules)
        {
            if (rule.Enabled && rule.Evaluate(input) is { } hit)
                (hits ??= []).Add(hit);
        }

        return hits is null ? null : new Alert(hits.Max(hit => hit.Score), Version, hits);
    }

    public static string ToJson(IReadOnlyList<Rule> rules) => JsonSerializer.Serialize(rules, ScoringJson.Default.IReadOnlyListRule);

    /// <exception cref="JsonException">It is not a list of known rules with sound parameters.</exception>
    public static RuleSet Parse(int version, string json)
    {
        IReadOnlyList<Rule> rules;
        try
        {
            rules = JsonSerializer.Deserialize(json, ScoringJson.Default.IReadOnlyListRule) ?? throw new JsonException("It is null.");
        }
        catch (NotSupportedException e)
        {
            throw new JsonException("A rule does not name its kind.", e);    // What an abstract type without discriminator ends in.
        }

        return rules.Select(rule => rule is null ? "a rule is null" : rule.Fault()).FirstOrDefault(fault => fault is not null) is { } found
            ? throw new JsonException($"It cannot be used: {found}.")
            : new RuleSet(version, rules);
    }
}

/// <summary>A transaction that needs a look.</summary>
/// <param name="Score">0 to 100.</param>
internal sealed record Alert(int Score, int RuleSetVersion, IReadOnlyList<RuleHit> Hits)
{
    /// <summary>
    /// From the score alone, so that one list can be sorted by either. For the high-value rule: medium up to one and a half times
    /// the threshold, critical from about 2.6 times.
    /// </summary>
    public string Severity => Score switch
    {
        < 50 => "low",
        < 65 => "medium",
        < 85 => "high",
        _ => "critical",
    };

    public string HitsJson() => JsonSerializer.Serialize(Hits, ScoringJson.Default.IReadOnlyListRuleHit);
}

/// <summary>jsonb keeps no order of properties, so the kind of a rule may come last.</summary>
[JsonSourceGenerationOptions(
    AllowOutOfOrderMetadataProperties = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(IReadOnlyList<Rule>))]
[JsonSerializable(typeof(IReadOnlyList<RuleHit>))]
internal sealed partial class ScoringJson : JsonSerializerContext;
