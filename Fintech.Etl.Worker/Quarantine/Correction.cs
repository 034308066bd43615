using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fintech.Contracts;
using Fintech.Etl.Worker.Streaming;

namespace Fintech.Etl.Worker.Quarantine;

/// <summary>
/// New values for fields of a rejected row, <c>amount=12.50</c>, or a whole event in place of one that cannot be read. What is
/// written here is held to the shape of its field; whether it makes a fact is for the checks of the replay.
/// </summary>
internal static class Correction
{
    private const string Zoned = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFzzz";

    /// <summary>By field: what is expected, and its value as JSON; null where it is not that.</summary>
    private static readonly Dictionary<string, (string Expected, Func<string, JsonValue?> Parse)> Fields = new(StringComparer.Ordinal)
    {
        ["amount"] = ("a number with at most two decimals, such as 12.50", Amount),
        ["occurred_at"] = ("a moment such as 2026-01-31T18:30:00Z (without a zone it is UTC)", Moment),
        ["timestamp"] = ("a moment such as 2026-01-31T18:30:00Z (without a zone it is UTC)", Moment),
        ["merchant_name"] = ("1 to 255 characters without control characters", Name),
        ["customer_id"] = ("a whole number", CustomerId),
        ["currency"] = ("three capital letters (ISO 4217)", text => EventChecks.CurrencyCode().IsMatch(text) ? JsonValue.Create(text) : null),
        ["type"] = ("purchase, refund or reversal", text => text is "purchase" or "refund" or "reversal" ? JsonValue.Create(text) : null),
    };

    /// <param name="content">The row so far, which is changed.</param>
    /// <param name="assignments"><c>field=value</c>, each.</param>
    /// <returns>Old and new of every field given, for the audit.</returns>
    /// <exception cref="QuarantineException">Names field, value and what is expected.</exception>
    public static JsonObject Apply(RejectedRow row, JsonObject content, IReadOnlyList<string> assignments)
    {
        var changes = new JsonObject();
        foreach (var assignment in assignments)
        {
            if (assignment.Split('=', 2) is not [var field, var text])
                throw new QuarantineException($"'{assignment}' is no assignment: field=value is expected, such as amount=12.50.");
            if (!Fields.TryGetValue(field, out var known) || !MayHave(row, content, field))
                throw new QuarantineException($"Row {row.Id} has no field '{field}' that can be set; it has: {string.Join(", ", Fields.Keys.Where(name => MayHave(row, content, name)))}.");
            var value = known.Parse(text)
                ?? throw new QuarantineException($"'{text}' is no {field}: {known.Expected} is expected.");
            changes[field] = new JsonObject { ["old"] = content[field]?.DeepClone(), ["new"] = value.DeepClone() };
            content[field] = value;
        }

        return changes;
    }

    /// <summary>An event given as a whole, in the shape of the wire; what the contract does not know is left out.</summary>
    public static JsonObject Event(string json)
    {
        try
        {
            var parsed = JsonSerializer.Deserialize(json, ContractsJson.Default.TransactionEvent)
                ?? throw new QuarantineException("The event is null; a JSON object is expected.");
            if (EventChecks.Texts.FirstOrDefault(check => !check.Passes(parsed, default)) is { } failed)
                throw new QuarantineException($"The event cannot be taken: its field {failed.Field} {failed.Fault}.");
            return JsonSerializer.SerializeToNode(parsed, ContractsJson.Default.TransactionEvent)!.AsObject();
        }
        catch (JsonException e)
        {
            var at = e.Path is { Length: > 2 } path ? $" at {path[2..]}" : "";
            throw new QuarantineException($"The event cannot be read{at}: a JSON object with transaction_id, customer_id, amount, merchant_name and timestamp is expected.", e);
        }
    }

    /// <summary>What the row has, and of an event also what it may leave out.</summary>
    private static bool MayHave(RejectedRow row, JsonObject content, string field) =>
        content.ContainsKey(field) || (row.IsEvent && field is "currency" or "type");

    private static JsonValue? Amount(string text) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
        && decimal.Round(amount, 2) == amount && Math.Abs(amount) <= EventChecks.LargestAmount
            ? JsonValue.Create(amount)
            : null;

    private static JsonValue? Moment(string text) =>
        DateTimeOffset.TryParseExact(
            text, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFK"], CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment)
            ? JsonValue.Create(moment.ToString(Zoned, CultureInfo.InvariantCulture))
            : null;

    private static JsonValue? CustomerId(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id) ? JsonValue.Create(id) : null;

    private static JsonValue? Name(string text) =>
        text.Trim() is { Length: > 0 and <= 255 } name && !name.Any(char.IsControl) ? JsonValue.Create(name) : null;
}
