using Fintech.Etl.Worker.Extract;

namespace Fintech.Etl.Worker.Batch;

/// <summary>Which customers a pass reads, as a query, in ascending order of their ids.</summary>
internal static class CustomerSelection
{
    /// <summary>Dates out of .NET's reach ('infinity', 44 BC) count as unknown: nothing is measured by them.</summary>
    public static string Of(SourceExtract extract, IReadOnlyList<(long Low, long High)>? ids, string? updated) => $"""
        select extracted.customer_id, {Text(extract, ExtractColumn.FirstName)}, {Text(extract, ExtractColumn.LastName)}, {Text(extract, ExtractColumn.Email)},
               case when extracted.signup_date between date '0001-01-01' and date '9999-12-31' then extracted.signup_date end
        {extract.From} {(ids is null ? "" : IdRanges.Join("extracted.customer_id", ids))} {(updated is null ? "" : $"where {updated}")}
        order by extracted.customer_id
        """;

    private static string Text(SourceExtract extract, string column) => extract.TypeOf(column).IsPadded ? $"extracted.{column}::text" : $"extracted.{column}";
}
