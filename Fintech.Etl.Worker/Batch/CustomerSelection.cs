using Fintech.Etl.Worker.Extract;

namespace Fintech.Etl.Worker.Batch;

/// <summary>Which customers a pass reads, as a query, in ascending order of their ids.</summary>
internal static class CustomerSelection
{
    /// <summary>Dates out of .NET's reach ('infinity', 44 BC) count as unknown: nothing is measured by them.</summary>
    /// <param name="blocks">Those to read (<see cref="CustomerBlocks"/>); null for all.</param>
    public static string Of(SourceExtract extract, IReadOnlyList<int>? blocks) => $"""
        select extracted.customer_id, {Text(extract, ExtractColumn.FirstName)}, {Text(extract, ExtractColumn.LastName)}, {Text(extract, ExtractColumn.Email)},
               case when extracted.signup_date between date '0001-01-01' and date '9999-12-31' then extracted.signup_date end
        {extract.From} {(blocks is null ? "" : $"where {Block} = any('{{{string.Join(',', blocks)}}}')")}
        order by extracted.customer_id
        """;

    /// <summary>Rows and a digest of each block: block, number of customers, sum of the hashes of their rows. PostgreSQL 14 and later.</summary>
    public static string Digests(SourceExtract extract) => $"""
        select {Block}, count(*),
               sum(hash_record_extended(row(extracted.customer_id, extracted.first_name, extracted.last_name, extracted.email, extracted.signup_date), 0))
        {extract.From}
        group by 1
        """;

    private static readonly string Block = $"(hashint8(extracted.customer_id::bigint) & {CustomerBlocks.Count - 1})";

    private static string Text(SourceExtract extract, string column) => extract.TypeOf(column).IsPadded ? $"extracted.{column}::text" : $"extracted.{column}";
}
