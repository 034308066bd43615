using Fintech.Analysis.Charts;
using Fintech.Analysis.Document;
using Fintech.Analysis.Figures;

namespace Fintech.Dashboard.History;

/// <summary>The charts of the page that go by amount, by merchant and by customer.</summary>
internal sealed class HistoryRankings(HistoryReader reader)
{
    public const int ShownMerchants = 15;
    public const int ShownCustomers = 10;

    /// <summary>How many of each month are looked at first for the best customers; more, where that does not prove who they are.</summary>
    private const int FirstDepth = 300;
    private const int MostDepth = 20_000;

    public async Task<HistoryTable> AmountsAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        var currency = query.Currency!;
        var rows = await reader.ReadAsync(query.IsOfMerchantOrCell ? "amounts_facts" : "amounts", query,
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
        var currency = query.Currency!;
        var rows = await reader.ReadAsync(query.IsOfMerchantOrCell ? "merchants_facts" : "merchants", query, ShownMerchants,
            row => (Name: row.GetString(0), Category: row.GetString(1), Transactions: row.GetInt64(2), Purchases: row.GetInt64(3), Refunds: row.GetDecimal(4), Revenue: row.GetDecimal(5), All: row.GetDecimal(6), Count: row.GetInt64(7)),
            cancellationToken);
        var headline = rows switch
        {
            [] => null,
            [var only] => $"All revenue in {currency} is from {Named(only.Name)}",
            [var first, ..] when first.All > 0 && rows[^1].Revenue >= 0 => $"{Named(first.Name)} brings most revenue in {currency}: {Format.Share(first.Revenue, first.All)} of {Format.CompactMoney(first.All, currency)}",
            [var first, ..] => $"{Named(first.Name)} brings most revenue in {currency}: {Format.Money(first.Revenue, currency)}",
        };
        return new(headline, rows.Count == 0 ? [] : [$"The {Format.Count(rows.Count)} with most revenue, of {Format.Count(rows[0].Count, "merchant")}."],
        [
            new("merchant", "Merchant", ColumnKind.Text), new("category", "Category", ColumnKind.Text), new("transactions", "Transactions", ColumnKind.Count),
            new("purchases", "Purchases", ColumnKind.Count), new("refunds", "Refunds", ColumnKind.Money), new("revenue", "Revenue", ColumnKind.Money),
        ],
        [.. rows.Select(row => new object?[] { row.Name, row.Category, row.Transactions, row.Purchases, row.Refunds, row.Revenue })]);
    }

    public async Task<HistoryTable> CustomersAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        var currency = query.Currency!;
        var rows = query.Category is not null || query.IsOfMerchantOrCell
            ? await reader.ReadAsync("customers_facts", query, ShownCustomers, Customer, cancellationToken)
            : await BestCustomersAsync(query, cancellationToken);
        var headline = rows switch
        {
            [] => null,
            [_] => $"One customer brought all revenue above zero in {currency}",
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
        for (var depth = FirstDepth; depth <= MostDepth; depth *= 8)
        {
            var rows = await reader.ReadAsync("customers", [.. query.Parameters.Take(3), HistoryReader.Whole(depth), HistoryReader.Whole(ShownCustomers)],
                row => (Customer: Customer(row), IsExact: row.GetBoolean(4)), cancellationToken);
            if (rows.Count > 0 && rows[0].IsExact)
                return [.. rows.Select(row => row.Customer)];
        }

        // Nobody stands out: all are added up.
        return await reader.ReadAsync("customers_all", [.. query.Parameters.Take(3), HistoryReader.Whole(ShownCustomers)], Customer, cancellationToken);
    }

    private static (string Customer, long Purchases, decimal Refunds, decimal Revenue) Customer(Npgsql.NpgsqlDataReader row) =>
        (row.GetString(0), row.GetInt64(1), row.GetDecimal(2), row.GetDecimal(3));

    /// <summary>The lower edge of a tenth of a decade.</summary>
    private static decimal Edge(decimal bin) => decimal.Round((decimal)Math.Pow(10, (double)bin / 10), 2);

    private static string Named(string merchant) => merchant.Length == 0 ? "No merchant named" : merchant;
}
