using System.Globalization;

namespace Fintech.Etl.Worker.Extract;

/// <summary>Ranges of ids as part of a query, for COPY, which takes no parameters.</summary>
internal static class IdRanges
{
    /// <summary>Both bounds are included; ranges must not overlap, or rows come twice.</summary>
    public static string Join(string column, IReadOnlyList<(long Low, long High)> ranges) =>
        $"join {Unnest(ranges)} on {column} between id_range.low and id_range.high";

    public static string Holds(string column, IReadOnlyList<(long Low, long High)> ranges) =>
        $"exists (select from {Unnest(ranges)} where {column} between id_range.low and id_range.high)";

    private static string Unnest(IReadOnlyList<(long Low, long High)> ranges) =>
        $"unnest(array[{Numbers(ranges.Select(range => range.Low))}]::bigint[], array[{Numbers(ranges.Select(range => range.High))}]::bigint[]) as id_range (low, high)";

    private static string Numbers(IEnumerable<long> bounds) => string.Join(',', bounds.Select(bound => bound.ToString(CultureInfo.InvariantCulture)));
}
