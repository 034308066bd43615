using System.Globalization;

namespace Fintech.Analysis.Warehouse;

/// <summary>What was asked for, in event time; null is without bound.</summary>
/// <param name="To">The first moment that is not read.</param>
internal sealed record Period(DateTimeOffset? From, DateTimeOffset? To)
{
    public static Period Everything { get; } = new(null, null);

    public bool IsEverything => From is null && To is null;

    public string FromSql => Sql(From, "-infinity");

    public string ToSql => Sql(To, "infinity");

    public override string ToString() => (From, To) switch
    {
        (null, null) => "everything in the warehouse",
        ({ } from, null) => $"from {Text(from)}",
        (null, { } to) => $"before {Text(to)}",
        ({ } from, { } to) => $"from {Text(from)}, before {Text(to)}",
    };

    private static string Text(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + " UTC";

    private static string Sql(DateTimeOffset? moment, string otherwise) => moment is { } at
        ? $"timestamptz '{at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture)}Z'"
        : $"timestamptz '{otherwise}'";
}
