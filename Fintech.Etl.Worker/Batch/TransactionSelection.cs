using System.Globalization;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// Which transactions a pass reads, as a query: counted and copied in the same snapshot. COPY takes no parameters, so the
/// values are literals, all of them numbers and times formatted here.
/// </summary>
internal static class TransactionSelection
{
    // NaN is a value that a numeric column can hold and .NET cannot. Dates out of .NET's reach ('infinity', 44 BC) are brought
    // to its edges, where the checks find them out of range all the same.
    private const string Rows = """
        select transaction_id,
               customer_id,
               case when transaction_date < timestamp '0001-01-02' then timestamp '0001-01-02'
                    when transaction_date > timestamp '9999-12-30' then timestamp '9999-12-30'
                    else transaction_date end as transaction_date,
               nullif(amount, 'NaN') as amount,
               merchant_details
        from transactions
        """;

    public static string For(BatchRequest request, long? lastId, IReadOnlyList<Gap> gaps)
    {
        if (request.From is not null || request.To is not null)
        {
            var bounds = new List<string>();
            if (request.From is { } from)
                bounds.Add($"transaction_date >= {Literal(from)}");
            if (request.To is { } to)
                bounds.Add($"transaction_date < {Literal(to)}");
            return $"{Rows} where {string.Join(" and ", bounds)}";
        }

        if (request.Full || lastId is null)
            return Rows;

        var above = string.Create(CultureInfo.InvariantCulture, $"{Rows} where transaction_id > {lastId}");
        return gaps.Count == 0 ? above : $"{above} union all {Rows} join {Ranges(gaps)} on transaction_id between low and high";
    }

    private static string Ranges(IReadOnlyList<Gap> gaps) =>
        $"unnest(array[{Numbers(gaps, gap => gap.Low)}]::bigint[], array[{Numbers(gaps, gap => gap.High)}]::bigint[]) as gap (low, high)";

    private static string Numbers(IReadOnlyList<Gap> gaps, Func<Gap, long> bound) =>
        string.Join(',', gaps.Select(gap => bound(gap).ToString(CultureInfo.InvariantCulture)));

    private static string Literal(DateTime moment) =>
        string.Create(CultureInfo.InvariantCulture, $"timestamp '{moment:yyyy-MM-dd HH:mm:ss.ffffff}'");
}
