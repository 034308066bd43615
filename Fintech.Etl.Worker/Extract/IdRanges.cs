using System.Globalization;

namespace Fintech.Etl.Worker.Extract;

/// <summary>Ranges of ids as part of a query, for COPY, which takes no parameters.</summary>
internal static class IdRanges
{
    /// <summary>Both bounds are included; ranges must not overlap, or rows come twice.</summary>
    public static string Join(string column, IEnumerable<(long Low, long High)> ranges)
    {
        var all = ranges.ToList();
        return $"join unnest(array[{Numbers(all.Select(range => range.Low))}]::bigint[], array[{Numbers(all.Select(range => range.High))}]::bigint[])" +
               $" as id_range (low, high) on {column} between id_range.low and id_range.high";
    }

    private static string Numbers(IEnumerable<long> bounds) => string.Join(',', bounds.Select(bound => bound.ToString(CultureInfo.InvariantCulture)));
}
