using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fintech.Etl.Worker.Scoring;

/// <summary>
/// A rule set as somebody writes it. What makes it unusable is told by rule and field, also where the JSON itself does not fit, of which the
/// serializer only knows positions: <c>velocity: count is missing.</c>
/// </summary>
internal static class RuleDraft
{
    /// <summary>More than anybody oversees, and each of them is evaluated for every transaction.</summary>
    public const int MostRules = 100;

    /// <exception cref="RuleSetException">It is not a list of known rules with sound parameters; the message names all faults.</exception>
    public static RuleSet Parse(string json)
    {
        var rules = Read(json);
        var faults = rules.SelectMany(Faults).ToList();
        if (faults.Count > 0)
            throw new RuleSetException($"It cannot be used. {string.Join(' ', faults)}");
        try
        {
            return RuleSet.Parse(0, json);
        }
        catch (JsonException e)
        {
            throw new RuleSetException(e.Message, e);
        }
    }

    private static JsonArray Read(string json)
    {
        try
        {
            return JsonNode.Parse(json, documentOptions: new() { AllowDuplicateProperties = false }) switch
            {
                JsonArray { Count: 0 } => throw new RuleSetException("The rule set is empty: to stop all alerts, switch its rules off."),
                JsonArray { Count: > MostRules } rules => throw new RuleSetException($"The rule set has {rules.Count} rules; {MostRules} are the most."),
                JsonArray rules => rules,
                _ => throw new RuleSetException("A rule set is a JSON list of rules."),
            };
        }
        catch (JsonException e)
        {
            throw new RuleSetException(
                e.LineNumber is { } line ? $"The rule set cannot be read: line {line + 1} is no JSON." : "The rule set cannot be read: a rule has a field twice.", e);
        }
    }

    private static IEnumerable<string> Faults(JsonNode? node, int index)
    {
        var place = $"Rule {index + 1}";
        if (node is not JsonObject rule)
            return [$"{place} is no JSON object."];
        if (Text(rule, "rule") is not { } kind)
            return [$"{place} does not name its kind: rule is missing."];
        if (!Kinds.TryGetValue(kind, out var type))
            return [$"{place}: there is no kind of rule '{kind}'; known are {string.Join(", ", Kinds.Keys)}."];

        var title = Text(rule, "name") ?? kind;
        var fields = ScoringJson.Default.GetTypeInfo(type)!.Properties
            .Where(field => field.AssociatedParameter is not null)      // The others are derived, and what is written for them would be overlooked.
            .ToDictionary(field => field.Name, StringComparer.Ordinal);
        var faults = new List<string>();
        // Early versions carry kind_of, which repeats the kind: they can be brought back all the same.
        faults.AddRange(rule.Where(field => field.Key is not ("rule" or "kind_of") && !fields.ContainsKey(field.Key)).Select(field => $"{title}: there is no field {field.Key}."));
        faults.AddRange(fields.Values.Where(field => field.IsRequired && rule[field.Name] is null).Select(field => $"{title}: {field.Name} is missing."));
        foreach (var (name, value) in rule.Where(field => field.Value is not null && fields.ContainsKey(field.Key)))
        {
            if (!Fits(value!, fields[name].PropertyType))
                faults.Add($"{title}: {name} must be {Expected(fields[name].PropertyType)}; it is {value!.ToJsonString()}.");
        }

        return faults;
    }

    private static bool Fits(JsonNode value, Type type)
    {
        try
        {
            value.Deserialize(ScoringJson.Default.GetTypeInfo(type)!);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Expected(Type type) =>
        type == typeof(bool) ? "true or false"
        : type == typeof(int) ? "a whole number"
        : type == typeof(decimal) ? "a number"
        : type == typeof(TimeSpan) ? "a time such as 00:10:00"
        : "a text";

    private static string? Text(JsonObject rule, string field) => rule[field] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>By its name, the type of each kind, from the very metadata that the parser goes by.</summary>
    private static readonly IReadOnlyDictionary<string, Type> Kinds = ScoringJson.Default.Rule.PolymorphismOptions!.DerivedTypes
        .ToDictionary(kind => (string)kind.TypeDiscriminator!, kind => kind.DerivedType, StringComparer.Ordinal);
}
