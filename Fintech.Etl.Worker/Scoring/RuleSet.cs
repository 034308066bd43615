using System.Text.Json;
using System.Text.Json.Serialization;
using Fintech.Etl.Worker.Scoring.State;

namespace Fintech.Etl.Worker.Scoring;

/// <summary>
/// The rules in force and who is snoozed, immutable. Scoring is a pure function: the same event after the same history under the
/// same version gives the same alert, today and in a back-test.
/// </summary>
internal sealed record RuleSet(int Version, IReadOnlyList<Rule> Rules)
{
    public Snoozes Snoozes { get; init; } = Snoozes.None;

    /// <summary>Without any history of the customer.</summary>
    public Alert? Score(in ScoringInput input) => Score(input, default, null);

    /// <param name="customer">What is known before this transaction.</param>
    /// <param name="tally">Counts what each rule did, where somebody wants to know.</param>
    /// <returns>Null where no rule that may alert fires.</returns>
    public Alert? Score(in ScoringInput input, in CustomerView customer, RuleTally? tally)
    {
        List<RuleHit>? hits = null;
        for (var i = 0; i < Rules.Count; i++)
        {
            var rule = Rules[i];
            if (!rule.Enabled)
                continue;

            var hit = rule.Evaluate(input, customer);
            var outcome = hit is null ? RuleOutcome.Quiet
                : rule.Shadow ? RuleOutcome.Shadowed
                : Snoozes.Silence(rule.Title, input) ? RuleOutcome.Snoozed
                : RuleOutcome.Alerted;
            tally?.Add(i, outcome);
            if (outcome == RuleOutcome.Alerted)
                (hits ??= []).Add(hit!);
        }

        return hits is null ? null : new Alert(Version, hits);
    }

    public static string ToJson(IReadOnlyList<Rule> rules) => JsonSerializer.Serialize(rules, ScoringJson.Default.IReadOnlyListRule);

    /// <exception cref="JsonException">It is not a list of known rules with sound parameters; the message names all faults.</exception>
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

        var faults = Faults(rules).ToList();
        return faults.Count == 0 ? new RuleSet(version, rules) : throw new JsonException($"It cannot be used. {string.Join(' ', faults)}");
    }

    private static IEnumerable<string> Faults(IReadOnlyList<Rule?> rules)
    {
        var titles = new HashSet<string>(StringComparer.Ordinal);
        foreach (var rule in rules)
        {
            foreach (var fault in rule?.Faults() ?? ["A rule is null."])
                yield return fault;
            if (rule is not null && !titles.Add(rule.Title))
                yield return $"{rule.Title}: name must tell it from another rule that is called so.";
        }
    }
}

/// <summary>A transaction that needs a look.</summary>
/// <param name="Hits">One or more.</param>
internal sealed record Alert(int RuleSetVersion, IReadOnlyList<RuleHit> Hits)
{
    /// <summary>
    /// 0 to 100: 100 × (1 − Π (1 − score of a hit / 100)). One hit keeps its own score, each further one brings the rest closer to 100.
    /// </summary>
    public int Score => (int)Math.Round(100 * (1 - Hits.Aggregate(1.0, (rest, hit) => rest * (1 - hit.Score / 100.0))), MidpointRounding.AwayFromZero);

    /// <summary>Of the strongest hit.</summary>
    public string Severity => Severities.Strongest(Hits.Select(hit => hit.Severity));

    public string HitsJson() => JsonSerializer.Serialize(Hits, ScoringJson.Default.IReadOnlyListRuleHit);
}

/// <summary>jsonb keeps no order of properties, so the kind of a rule may come last.</summary>
[JsonSourceGenerationOptions(
    AllowOutOfOrderMetadataProperties = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(IReadOnlyList<Rule>))]
[JsonSerializable(typeof(IReadOnlyList<RuleHit>))]
internal sealed partial class ScoringJson : JsonSerializerContext;
