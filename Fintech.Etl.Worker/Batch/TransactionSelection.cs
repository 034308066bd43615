using System.Globalization;
using Fintech.Etl.Worker.Extract;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// Which transactions a pass reads, as a query: counted and copied in the same snapshot. COPY takes no parameters, so the
/// values are literals, all of them numbers and times formatted here.
/// </summary>
internal sealed class TransactionSelection(SourceExtract extract, BatchOptions options)
{
    /// <summary>The columns of <see cref="Rows"/>, in their order: these five, then those the extract has of the optional ones.</summary>
    private const int Needed = 5;

    private static readonly string[] OptionalColumns = [ExtractColumn.Type, ExtractColumn.Currency, ExtractColumn.TerminalId];

    /// <summary>Every transaction, without values that the warehouse or .NET cannot hold.</summary>
    public string Rows { get; } = string.Create(CultureInfo.InvariantCulture, $"""
        select extracted.transaction_id,
               extracted.customer_id,
               {Date(extract)} as transaction_date,
               {Amount(extract)} as amount,
               {Text(extract, ExtractColumn.MerchantName)} as merchant_name{string.Concat(OptionalColumns.Where(extract.Has).Select(name => $",\n       {Text(extract, name)} as {name}"))}
        {extract.From}
        """);

    /// <summary>Whether dates are instants already, not readings of the source's clock.</summary>
    public bool HasZone { get; } = extract.TypeOf(ExtractColumn.TransactionDate).HasZone;

    /// <summary>Position of an optional column in <see cref="Rows"/>; null where the extract has none.</summary>
    public int? Position(string optional) => extract.Has(optional) ? Needed + OptionalColumns.Where(extract.Has).ToList().IndexOf(optional) : null;

    public string For(BatchRequest request, long? lastId, IReadOnlyList<Gap> gaps)
    {
        if (request.From is not null || request.To is not null)
        {
            var bounds = new List<string>();
            if (request.From is { } from)
                bounds.Add($"extracted.transaction_date >= {Literal(from)}");
            if (request.To is { } to)
                bounds.Add($"extracted.transaction_date < {Literal(to)}");
            return $"{Rows} where {string.Join(" and ", bounds)}";
        }

        if (request.Full || lastId is null)
            return Rows;

        var above = string.Create(CultureInfo.InvariantCulture, $"{Rows} where extracted.transaction_id > {lastId}");
        return gaps.Count == 0 ? above : $"{above} union all {Rows} {IdRanges.Join("extracted.transaction_id", gaps.Select(gap => (gap.Low, gap.High)))}";
    }

    /// <summary>Rows and sum of a selection for each page of <see cref="PassBooks"/>.</summary>
    public string Count(string selection) => extract.Has(ExtractColumn.Currency)
        ? $$"""
           select case when currency is null then '{{options.Currency}}' when currency collate "C" ~ '^[A-Z]{3}$' then currency else '{{PassBooks.NoCurrency}}' end,
                  count(*), coalesce(sum(amount), 0)
           from ({{selection}}) as selected
           group by 1
           """
        : $"select '{options.Currency}', count(*), coalesce(sum(amount), 0) from ({selection}) as selected having count(*) > 0";

    /// <summary>Dates out of .NET's reach ('infinity', 44 BC) are brought to its edges, where the checks find them out of range all the same.</summary>
    private static string Date(SourceExtract extract)
    {
        var (type, suffix) = extract.TypeOf(ExtractColumn.TransactionDate).HasZone ? ("timestamptz", " 00:00+00") : ("timestamp", "");
        return $"""
            case when extracted.transaction_date < {type} '0001-01-02{suffix}' then {type} '0001-01-02{suffix}'
                 when extracted.transaction_date > {type} '9999-12-30{suffix}' then {type} '9999-12-30{suffix}'
                 else extracted.transaction_date end
            """;
    }

    /// <summary>
    /// NaN is a value that a numeric column can hold and .NET cannot. Where the type allows infinity, fractions of a cent or more
    /// than numeric(14,2) takes, these count as missing too: rounding would change the ledger's sum.
    /// </summary>
    private static string Amount(SourceExtract extract) => extract.TypeOf(ExtractColumn.Amount).IsCents
        ? "nullif(extracted.amount, 'NaN')"
        : """
          case when extracted.amount > -1e12 and extracted.amount < 1e12 and extracted.amount = round(extracted.amount, 2)
               then round(extracted.amount, 2) end
          """;

    /// <summary>The blanks that <c>character(n)</c> pads with are no part of a value; the cast takes them off.</summary>
    private static string Text(SourceExtract extract, string column) => extract.TypeOf(column).IsPadded ? $"extracted.{column}::text" : $"extracted.{column}";

    private string Literal(DateTime moment) => HasZone
        ? string.Create(CultureInfo.InvariantCulture, $"timestamptz '{moment - options.TimeZone.GetUtcOffset(moment):yyyy-MM-dd HH:mm:ss.ffffff}+00'")
        : string.Create(CultureInfo.InvariantCulture, $"timestamp '{moment:yyyy-MM-dd HH:mm:ss.ffffff}'");
}
