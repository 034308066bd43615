using System.Globalization;
using Fintech.Dashboard.Api;
using Microsoft.OpenApi;
using Npgsql;

namespace Fintech.Dashboard.Alerts;

/// <summary>Which alerts are meant: what is asked in the address, as conditions on <c>dw.alert_state s</c>.</summary>
/// <param name="Age">Committed at most so long ago.</param>
/// <param name="Older">Committed at least so long ago.</param>
internal sealed record AlertFilter(
    IReadOnlyList<string> States, IReadOnlyList<string> Severities, string? Rule, TimeSpan? Age, TimeSpan? Older, long? Customer, decimal? Least, decimal? Most)
{
    public static readonly string[] AllStates = ["open", "acknowledged", "confirmed_fraud", "false_positive"];

    /// <summary>In the order of urgency, which counts from 1.</summary>
    public static readonly string[] AllSeverities = ["critical", "high", "medium", "low"];

    /// <summary>What <see cref="Parse"/> reads.</summary>
    public static readonly IReadOnlyList<QueryParameter> Parameters =
    [
        new("state", $"One or several, with commas: {string.Join(", ", AllStates)}."),
        new("severity", $"One or several, with commas: {string.Join(", ", AllSeverities)}."),
        new("rule", "Raised by this rule."),
        new("age", "Committed at most so long ago: 30m, 24h, 7d."),
        new("older", "Committed at least so long ago: 30m, 24h, 7d."),
        new("customer", "Of this customer.", JsonSchemaType.Integer),
        new("min", "Amounts from this one on.", JsonSchemaType.Number),
        new("max", "Amounts up to this one.", JsonSchemaType.Number),
    ];

    /// <summary>For example <c>?state=open,acknowledged&amp;severity=high&amp;rule=velocity&amp;age=24h&amp;customer=42&amp;min=100</c>.</summary>
    /// <param name="fault">A sentence; null where the filter can be used.</param>
    public static AlertFilter Parse(IQueryCollection query, out string? fault)
    {
        string? wrong = null;
        var filter = new AlertFilter(
            Words("state", AllStates), Words("severity", AllSeverities), Text("rule") is { Length: > 0 and <= 64 } rule ? rule : null,
            Span("age"), Span("older"), Number("customer") is { } customer ? Whole(customer) : null, Number("min"), Number("max"));
        fault = wrong;
        return filter;

        string? Text(string name) => query[name].ToString() is { Length: > 0 } text ? text : null;

        List<string> Words(string name, string[] known)
        {
            var words = (Text(name) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct().ToList();
            foreach (var word in words.Where(word => !known.Contains(word)))
                wrong ??= $"There is no {name} '{word}'. It is one of {string.Join(", ", known)}.";
            return words;
        }

        // "1h", "30d"
        TimeSpan? Span(string name)
        {
            if (Text(name) is not { } text)
                return null;
            if (int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 9_999)
            {
                switch (text[^1])
                {
                    case 'm': return TimeSpan.FromMinutes(number);
                    case 'h': return TimeSpan.FromHours(number);
                    case 'd': return TimeSpan.FromDays(number);
                }
            }

            wrong ??= $"{name} is a number with m, h or d, such as 24h; it is '{text}'.";
            return null;
        }

        decimal? Number(string name)
        {
            if (Text(name) is not { } text)
                return null;
            if (decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && Math.Abs(number) < 1e15m)
                return number;
            wrong ??= $"{name} is a number; it is '{text}'.";
            return null;
        }

        long? Whole(decimal number)
        {
            if (decimal.Truncate(number) == number)
                return (long)number;
            wrong ??= "customer is a whole number.";
            return null;
        }
    }

    /// <summary>The conditions, with their values put behind those that the command has already.</summary>
    public string Conditions(NpgsqlParameterCollection parameters, bool withState = true)
    {
        var conditions = new List<string>();
        // One state alone is compared with and not looked for among several: then the index alert_state_work gives the order as well.
        if (withState && States is [var only])
            conditions.Add($"s.status = {Add(only)}");
        else if (withState && States.Count > 0)
            conditions.Add($"s.status = any({Add(States.ToArray())})");
        if (Severities.Count > 0)
            conditions.Add($"s.urgency = any({Add(Severities.Select(word => (short)(Array.IndexOf(AllSeverities, word) + 1)).ToArray())})");
        if (Rule is { } rule)
            conditions.Add($"{Add(rule)} = any(s.rules)");
        if (Age is { } age)
            conditions.Add($"s.committed_at >= clock_timestamp() - {Add(age)}");
        if (Older is { } older)
            conditions.Add($"s.committed_at <= clock_timestamp() - {Add(older)}");
        if (Customer is { } customer)
            conditions.Add($"s.customer_key in (select customer_key from dw.dim_customer where customer_id = {Add(customer)})");
        if (Least is { } least)
            conditions.Add($"s.amount >= {Add(least)}");
        if (Most is { } most)
            conditions.Add($"s.amount <= {Add(most)}");
        return conditions.Count == 0 ? "true" : string.Join(" and ", conditions);

        string Add(object value)
        {
            parameters.Add(new() { Value = value });
            return $"${parameters.Count}";
        }
    }
}
