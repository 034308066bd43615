using System.Globalization;
using System.IO.Hashing;
using CsvHelper;
using Fintech.Contracts;

namespace Fintech.Producer.Replay;

/// <summary>Makes a transaction of a line, by the mapping asked for. The same line of the same file always makes the same one.</summary>
internal sealed class ReplayRow
{
    public static readonly IReadOnlyList<string> Fields = [.. ContractsJson.Default.TransactionEvent.Properties.Select(field => field.Name)];

    private readonly Dictionary<string, Template> templates = new(StringComparer.Ordinal);
    private readonly string? timeFormat;

    private ReplayRow(string? timeFormat) => this.timeFormat = timeFormat;

    /// <param name="fault">What is wrong, in a sentence; null where nothing is.</param>
    public static ReplayRow Bind(ReplayArguments arguments, CsvReader csv, out string? fault)
    {
        var row = new ReplayRow(arguments.TimeFormat);
        fault = null;
        foreach (var field in Fields)
        {
            if (fault is null && (arguments.Templates.TryGetValue(field, out var text) || TryOwnColumn(csv, field, out text)))
                row.templates[field] = Template.Bind(text, csv, out fault);
        }

        // Without a column of ids the line itself gives one.
        var missing = ContractsJson.Default.TransactionEvent.Properties
            .Where(field => field.IsRequired && field.Name != "transaction_id" && !row.templates.ContainsKey(field.Name))
            .Select(field => field.Name).ToList();
        if (fault is null && missing.Count > 0)
            fault = $"No column holds {string.Join(", ", missing)}: name it with --map FIELD=COLUMN, or give a text with --set FIELD=TEXT. "
                + $"The columns are: {string.Join(", ", csv.Headers.ToArray())}.";
        return row;
    }

    /// <summary>When the line says it happened; null where it does not say.</summary>
    public DateTimeOffset? TimeOf(CsvReader csv)
    {
        var text = templates["timestamp"].Of(csv);
        return timeFormat is null
            ? WireTimestampConverter.TryParse(text, out var moment) ? moment : null
            : DateTimeOffset.TryParseExact(
                text, timeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out moment) ? moment : null;
    }

    /// <param name="fault">What is wrong, in a sentence that names fields and never values; null where nothing is.</param>
    public TransactionEvent? Read(CsvReader csv, Rebase? rebase, DateTimeOffset now, out string? fault)
    {
        if (!long.TryParse(templates["customer_id"].Of(csv), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var customer))
            fault = "The field customer_id is not a whole number.";
        else if (!decimal.TryParse(templates["amount"].Of(csv), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount))
            fault = "The field amount is not a number with a decimal point.";
        else if (TimeOf(csv) is not { } time)
            fault = timeFormat is null ? "The field timestamp is neither Unix seconds nor ISO 8601." : "The field timestamp is not as --time-format says.";
        else
        {
            var transaction = new TransactionEvent
            {
                TransactionId = IdOf(csv) + rebase?.Suffix,
                CustomerId = customer,
                Amount = amount,
                MerchantName = templates["merchant_name"].Of(csv),
                Timestamp = time + (rebase?.Shift ?? TimeSpan.Zero),
                Currency = Optional("currency", csv),
                Type = Optional("type", csv),
                TerminalId = Optional("terminal_id", csv),
                Source = Optional("source", csv),
            };
            fault = EventChecks.FirstFailed(transaction, now)?.Sentence;
            return fault is null ? transaction : null;
        }

        return null;
    }

    private static bool TryOwnColumn(CsvReader csv, string field, out string text)
    {
        text = $"{{{field}}}";
        return csv.TryGetFieldIndex(field, out _);
    }

    /// <summary>Without ids of its own a line has its number and a digest: <c>17-9f86d081884c7d65</c>. Equal lines stay two transactions.</summary>
    private string IdOf(CsvReader csv) => templates.TryGetValue("transaction_id", out var template)
        ? template.Of(csv)
        : string.Create(CultureInfo.InvariantCulture, $"{csv.LineNumber}-{XxHash3.HashToUInt64(csv.RawRecord):x16}");

    private string? Optional(string field, CsvReader csv) =>
        templates.TryGetValue(field, out var template) && template.Of(csv) is { Length: > 0 } text ? text : null;
}
