using System.Globalization;
using Fintech.Etl.Worker.Extract;

namespace Fintech.Etl.Worker.Batch;

/// <summary>Which customers a pass reads, as a query, in ascending order of their ids.</summary>
internal static class CustomerSelection
{
    /// <summary>Dates out of .NET's reach ('infinity', 44 BC) count as unknown: nothing is measured by them.</summary>
    /// <param name="updated">Condition of having been updated since what the choice says; null where it says nothing.</param>
    public static string Of(SourceExtract extract, CustomerChoice choice, string? updated) => $"""
        select extracted.customer_id, {Text(extract, ExtractColumn.FirstName)}, {Text(extract, ExtractColumn.LastName)}, {Text(extract, ExtractColumn.Email)},
               case when extracted.signup_date between date '0001-01-01' and date '9999-12-31' then extracted.signup_date end
        {extract.From}
        where {(choice.IsEverybody ? "true" : string.Join(" or ", Conditions(choice, updated)))}
        order by extracted.customer_id
        """;

    /// <summary>Rows and a digest of each block: block, number of customers, sum of the hashes of their rows. PostgreSQL 14 and later.</summary>
    public static string Digests(SourceExtract extract) => $"""
        select {Block}, count(*),
               sum(hash_record_extended(row(extracted.customer_id, extracted.first_name, extracted.last_name, extracted.email, extracted.signup_date), 0))
        {extract.From}
        group by 1
        """;

    private static IEnumerable<string> Conditions(CustomerChoice choice, string? updated)
    {
        if (choice.Blocks.Count > 0)
            yield return $"{Block} = any('{{{Numbers(choice.Blocks)}}}')";
        if (choice.Ids.Count > 0)
            yield return $"extracted.customer_id = any('{{{Numbers(choice.Ids)}}}'::bigint[])";
        if (updated is not null)
            yield return updated;
    }

    private static string Numbers<T>(IEnumerable<T> numbers)
        where T : IFormattable => string.Join(',', numbers.Select(number => number.ToString(null, CultureInfo.InvariantCulture)));

    private static readonly string Block = $"(hashint8(extracted.customer_id::bigint) & {CustomerBlocks.Count - 1})";

    private static string Text(SourceExtract extract, string column) => extract.TypeOf(column).IsPadded ? $"extracted.{column}::text" : $"extracted.{column}";
}
