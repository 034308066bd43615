using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;
using Fintech.Dashboard.Api;
using Microsoft.OpenApi;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Dashboard.History;

/// <summary>What part of the history is asked for: a period in event time, and what was clicked.</summary>
/// <param name="From">Included; null is from the beginning.</param>
/// <param name="To">Excluded; null is to the end.</param>
/// <param name="Currency">Null where none was named; what adds up amounts needs one.</param>
/// <param name="Weekday">ISO: 1 = Monday; with <paramref name="Hour"/>, UTC, a cell of the heat map.</param>
internal sealed partial record HistoryQuery(DateTime? From, DateTime? To, string? Currency, string? Category, string? Merchant, int? Weekday, int? Hour)
{
    private const int LongestName = 300;

    /// <summary>What <see cref="TryParse"/> reads.</summary>
    public static readonly IReadOnlyList<QueryParameter> Known =
    [
        new("from", "Event time, this moment included: 2026-01-31, or 2026-01-31T10:00Z; without a zone it is UTC. From the beginning where it is left out."),
        new("to", "Event time, this moment excluded. To the end where it is left out."),
        new("currency", "For example USD. Needed wherever amounts are added up: those of different currencies never are."),
        new("category", "Of merchants of exactly this category."),
        new("merchant", "At the merchant of exactly this name."),
        new("weekday", "1 = Monday to 7, UTC.", JsonSchemaType.Integer),
        new("hour", "0 to 23, UTC; with weekday a cell of the heat map.", JsonSchemaType.Integer),
    ];

    public bool IsOfCell => Weekday is not null || Hour is not null;

    /// <summary>Whether it was narrowed beyond period and currency: what is found then is found of a part.</summary>
    public bool IsNarrowed => Category is not null || Merchant is not null || IsOfCell;

    /// <param name="fault">A sentence, where something of it cannot be understood.</param>
    public static bool TryParse(IQueryCollection values, [NotNullWhen(true)] out HistoryQuery? query, [NotNullWhen(false)] out string? fault)
    {
        query = null;
        fault = values.Keys.FirstOrDefault(key => Known.All(known => known.Name != key)) is { } unknown ? $"'{unknown}' is not known; known are {string.Join(", ", Known.Select(known => known.Name))}." : null;
        var from = Moment(values, "from", ref fault);
        var to = Moment(values, "to", ref fault);
        var currency = Text(values, "currency", ref fault);
        var category = Text(values, "category", ref fault);
        var merchant = Text(values, "merchant", ref fault);
        var weekday = Number(values, "weekday", 1, 7, ref fault);
        var hour = Number(values, "hour", 0, 23, ref fault);
        if (currency is not null && !CurrencyCode().IsMatch(currency))
            fault ??= $"currency must be three capital letters; it is '{currency}'.";
        if (from >= to)
            fault ??= "from must be before to, which is the first moment that is not counted.";
        if (fault is not null)
            return false;
        query = new HistoryQuery(from, to, currency, category, merchant, weekday, hour);
        return true;
    }

    /// <summary>In the order of the statements: $1 from, $2 to, $3 currency, $4 category, $5 merchant, $6 weekday, $7 hour.</summary>
    public IReadOnlyList<NpgsqlParameter> Parameters =>
    [
        Period(From, DateTime.MinValue), Period(To, DateTime.MaxValue), Optional(Currency, NpgsqlDbType.Text), Optional(Category, NpgsqlDbType.Text),
        Optional(Merchant, NpgsqlDbType.Text), Optional(Weekday, NpgsqlDbType.Integer), Optional(Hour, NpgsqlDbType.Integer),
    ];

    /// <summary>Npgsql writes the ends of time as -infinity and infinity.</summary>
    private static NpgsqlParameter Period(DateTime? at, DateTime otherwise) =>
        new() { Value = at ?? DateTime.SpecifyKind(otherwise, DateTimeKind.Utc), NpgsqlDbType = NpgsqlDbType.TimestampTz };

    private static NpgsqlParameter Optional<T>(T? value, NpgsqlDbType type) => new() { Value = value is null ? DBNull.Value : value, NpgsqlDbType = type };

    private static string? Text(IQueryCollection values, string key, ref string? fault)
    {
        if (!values.TryGetValue(key, out var given))
            return null;
        if (given.Count > 1 || given[0]!.Length > LongestName || given[0]!.Contains('\0', StringComparison.Ordinal))
            fault ??= $"{key} must be given once, with at most {LongestName} characters.";
        return given[0];
    }

    /// <summary>2026-01-31, 2026-01-31T10:00 or with a zone, 2026-01-31T10:00:00+01:00; without one it is UTC.</summary>
    private static DateTime? Moment(IQueryCollection values, string key, ref string? fault)
    {
        if (Text(values, key, ref fault) is not { } text)
            return null;
        if (DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out var moment) && moment.Year is >= 1900 and < 2200)
            return moment;
        fault ??= $"{key} must be a day such as 2026-01-31 or a moment such as 2026-01-31T10:00Z; it is '{text}'.";
        return null;
    }

    private static int? Number(IQueryCollection values, string key, int least, int most, ref string? fault)
    {
        if (Text(values, key, ref fault) is not { } text)
            return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        fault ??= $"{key} must be {least} to {most}; it is '{text}'.";
        return null;
    }

    [GeneratedRegex("^[A-Z]{3}$")]
    private static partial Regex CurrencyCode();
}
