using System.Globalization;
using Npgsql;

namespace Fintech.Dashboard.Alerts;

/// <summary>
/// An order of the list and the place in it after which a page begins. A place is the values the last row is ordered by and its key: it stays
/// where it is when alerts come or go before it.
/// </summary>
/// <param name="Columns">What is ordered by, all in one direction; the key comes last, so that no two rows are equal.</param>
internal sealed record AlertOrder(string Name, string[] Columns, bool Descending)
{
    private static readonly AlertOrder[] All =
    [
        new("severity", ["s.urgency", "s.committed_at"], false),
        new("score", ["-s.score", "s.committed_at"], false),
        new("oldest", ["s.committed_at"], false),
        new("newest", ["s.committed_at"], true),
    ];

    /// <summary>A place in one order means nothing in another.</summary>
    private string List => $"alerts by {Name}";

    public static string Names => string.Join(", ", All.Select(order => order.Name));

    public static AlertOrder? Find(string? name) => string.IsNullOrEmpty(name) ? All[0] : All.FirstOrDefault(order => order.Name == name);

    private IEnumerable<string> Keyed => [.. Columns, "s.transaction_id", "s.source_system"];

    public string Clause => string.Join(", ", Keyed.Select(column => Descending ? $"{column} desc" : column));

    /// <summary>The condition that a row lies behind the place of a cursor.</summary>
    /// <returns>Null where the cursor was not made by <see cref="Cursor"/> in this order.</returns>
    public string? Behind(string cursor, NpgsqlParameterCollection parameters)
    {
        if (!Api.Cursor.TryRead<string[]>(List, cursor, out var values) || values?.Length != Columns.Length + 2)
            return null;

        var places = new List<string>();
        foreach (var (place, text) in values.Index())
        {
            object? value = place >= Columns.Length ? text
                : Columns[place] != "s.committed_at" ? int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null
                : DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var at) && at.Kind == DateTimeKind.Utc ? at : null;
            if (value is null)
                return null;
            parameters.Add(new() { Value = value });
            places.Add($"${parameters.Count}");
        }

        return $"({string.Join(", ", Keyed)}) {(Descending ? "<" : ">")} ({string.Join(", ", places)})";
    }

    /// <summary>Of for example <c>["2","2026-01-01T12:00:00.1230000Z","t-17","stream"]</c>.</summary>
    public string Cursor(AlertRow last, int urgency)
    {
        string[] place =
        [
            .. Columns.Select(column => column switch
            {
                "s.urgency" => urgency.ToString(CultureInfo.InvariantCulture),
                "-s.score" => (-last.Score).ToString(CultureInfo.InvariantCulture),
                _ => last.CommittedAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            }),
            last.Id,
            last.Source,
        ];
        return Api.Cursor.Write(List, place);
    }
}
