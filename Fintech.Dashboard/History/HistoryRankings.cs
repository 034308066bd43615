using Fintech.Analysis.Charts;
using Fintech.Analysis.Document;
using Fintech.Analysis.Figures;

namespace Fintech.Dashboard.History;

/// <summary>The charts of the page that go by amount, by merchant and by customer.</summary>
internal sealed class HistoryRankings(HistoryReader reader)
{
    public const int ShownMerchants = 15;
    public const int ShownCustomers = 10;

    /// <summary>How many of each roll-up are looked at first for the best customers; four times as many, where that does not prove who they are.</summary>
    private const int FirstDepth = 300;
    private const int MostDepth = 20_000;

    public async Task<HistoryTable> AmountsAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        var currency = query.Currency!;
        var rows = await reader.ReadAsync(query.Merchant is not null || query.IsOfCell ? "amounts_narrowed" : "amounts", query,
            row => (Part: row.GetString(0), Key: row.GetDecimal(1), Purchases: row.IsDBNull(2) ? 0 : row.GetInt64(2), Amount: row.GetDecimal(3)), cancellationToken);
        HistoryColumn[] columns =
        [
            new("part", "Part", ColumnKind.Text), new("key", "Bin or quantile", ColumnKind.Number), new("from", "From", ColumnKind.Money), new("to", "Below", ColumnKind.Money),
            new("purchases", "Purchases", ColumnKind.Count), new("amount", "Amount", ColumnKind.Money),
        ];
        var bins = rows.Where(row => row.Part == "bin").ToList();
        if (bins.Count == 0)
            return new(null, [], columns, []);

        var quantiles = rows.Where(row => row.Part == "quantile").Select(row => new Quantile(currency, row.Key, row.Amount)).ToList();
        var tail = rows.Single(row => row.Part == "tail");
        var (purchases, sales) = (bins.Sum(bin => bin.Purchases), bins.Sum(bin => bin.Amount));
        var summary = new AmountSummary(
            currency, purchases, sales, decimal.Round(sales / purchases, 2, MidpointRounding.AwayFromZero),
            quantiles[0].Amount, quantiles[^1].Amount, tail.Purchases, tail.Amount);
        return new(AmountsSection.Headline(summary, quantiles), [.. AmountsSection.Sentences(summary, quantiles)], columns,
        [
            .. bins.Select(bin => new object?[] { "bin", bin.Key, Edge(bin.Key), Edge(bin.Key + 1), bin.Purchases, bin.Amount }),
            .. quantiles.Select(quantile => new object?[] { "quantile", quantile.P, null, null, null, quantile.Amount }),
        ]);
    }

    public async Task<HistoryTable> MerchantsAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        var rows = await reader.ReadAsync(query.Merchant is not null || query.IsOfCell ? "merchants_narrowed" : "merchants", query, ShownMerchants,
            row => new MerchantRow(row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetInt64(3), row.GetDecimal(4), row.GetDecimal(5),
                row.GetDecimal(6), row.GetDecimal(7), row.GetInt64(8), row.GetInt64(9)),
            cancellationToken);
        var named = rows.Count(row => row.Name.Length > 0);
        List<string> sentences = [];
        if (named > 0)
            sentences.Add(rows[0].Merchants > named ? $"The {Format.Count(named)} with most revenue, of {Format.Count(rows[0].Merchants, "merchant")}." : $"All there are: {Format.Count(named, "merchant")}.");
        if (named < rows.Count)
            sentences.Add("What names no merchant is shown together.");

        // Of one merchant there is nothing to be found among merchants.
        return new(rows.Count == 0 || query.Merchant is not null ? null : Headline(rows, query.Currency!), sentences,
        [
            new("merchant", "Merchant", ColumnKind.Text), new("category", "Category", ColumnKind.Text), new("transactions", "Transactions", ColumnKind.Count),
            new("purchases", "Purchases", ColumnKind.Count), new("refunds", "Refunds", ColumnKind.Money), new("revenue", "Revenue", ColumnKind.Money),
        ],
        [.. rows.Select(row => new object?[] { row.Name, row.Category, row.Transactions, row.Purchases, row.Refunds, row.Revenue })]);
    }

    /// <param name="All">Revenue of all of them, also of those that are not shown.</param>
    /// <param name="Least">The smallest revenue of all of them.</param>
    /// <param name="Best">How many share the largest.</param>
    /// <param name="Merchants">How many there are that have a name.</param>
    internal sealed record MerchantRow(
        string Name, string Category, long Transactions, long Purchases, decimal Refunds, decimal Revenue, decimal All, decimal Least, long Best, long Merchants);

    internal static string Headline(IReadOnlyList<MerchantRow> rows, string currency)
    {
        var first = rows[0];
        if (rows.Count == 1)
            return first.Name.Length == 0 ? $"No transaction in {currency} names a merchant" : $"All revenue in {currency} is from {first.Name}";
        if (first.Best > 1)
        {
            var names = rows.Take((int)Math.Min(first.Best, rows.Count)).Select(row => Named(row.Name)).ToList();
            return $"{(first.Best > 3 ? $"{Format.Count(first.Best)} merchants" : Format.List(names))} bring the same, and most, revenue in {currency}: {Format.Money(first.Revenue, currency)} each";
        }

        // A share of a sum with negative parts would be none.
        return first.Least >= 0 && first.All > 0
            ? $"{Named(first.Name)} brings most revenue in {currency}: {Format.Share(first.Revenue, first.All)} of {Format.CompactMoney(first.All, currency)}"
            : $"{Named(first.Name)} brings most revenue in {currency}: {Format.Money(first.Revenue, currency)}";
    }

    public async Task<HistoryTable> CustomersAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        var currency = query.Currency!;
        var rows = query.IsNarrowed
            ? await reader.ReadAsync(query.Merchant is not null || query.IsOfCell ? "customers_narrowed" : "customers_of_category", query, ShownCustomers, Customer, cancellationToken)
            : await BestCustomersAsync(query, cancellationToken);
        var headline = rows switch
        {
            [] => null,
            [var only] => $"Customer {only.Customer} is the only one who brought revenue above zero in {currency}: {Format.Money(only.Revenue, currency)}",
            [var first, var second, ..] when first.Revenue == second.Revenue => $"Several customers brought the same, and most, revenue in {currency}: {Format.Money(first.Revenue, currency)}",
            [var first, ..] => $"Customer {first.Customer} brought most revenue in {currency}: {Format.Money(first.Revenue, currency)}",
        };
        return new(headline, rows.Count == 0 ? [] : ["Customers are shown under pseudonyms, which are made in the warehouse and stay the same."],
        [
            new("customer", "Customer", ColumnKind.Text), new("purchases", "Purchases", ColumnKind.Count), new("refunds", "Refunds", ColumnKind.Money), new("revenue", "Revenue", ColumnKind.Money),
        ],
        [.. rows.Select(row => new object?[] { row.Customer, row.Purchases, row.Refunds, row.Revenue })]);
    }

    private async Task<List<(string Customer, long Purchases, decimal Refunds, decimal Revenue)>> BestCustomersAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        for (var depth = FirstDepth; depth <= MostDepth; depth *= 4)
        {
            var rows = await reader.ReadAsync(HistoryReader.Text("customers"), [.. query.Parameters.Take(3), HistoryReader.Whole(depth), HistoryReader.Whole(ShownCustomers)],
                row => (Customer: Customer(row), IsExact: row.GetBoolean(4)), cancellationToken);
            if (rows.Count > 0 && rows[0].IsExact)
                return [.. rows.Select(row => row.Customer)];
        }

        // Nobody stands out: all are added up.
        return await reader.ReadAsync(HistoryReader.Text("customers_all"), [.. query.Parameters.Take(3), HistoryReader.Whole(ShownCustomers)], Customer, cancellationToken);
    }

    private static (string Customer, long Purchases, decimal Refunds, decimal Revenue) Customer(Npgsql.NpgsqlDataReader row) =>
        (row.GetString(0), row.GetInt64(1), row.GetDecimal(2), row.GetDecimal(3));

    /// <summary>The lower edge of a tenth of a decade.</summary>
    private static decimal Edge(decimal bin) => decimal.Round((decimal)Math.Pow(10, (double)bin / 10), 2);

    private static string Named(string merchant) => merchant.Length == 0 ? "What names no merchant" : merchant;
}
