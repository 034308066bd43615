using Fintech.Analysis.Charts;
using Fintech.Analysis.Figures;

namespace Fintech.Analysis.Document;

/// <summary>Where revenue comes from.</summary>
internal static class CategoriesSection
{
    private const int MostBars = 14;

    /// <param name="categories">Largest revenue first.</param>
    public static string Headline(CurrencyTotal total, IReadOnlyList<CategoryRevenue> categories)
    {
        var (currency, revenue) = (total.Currency, Format.Money(total.Revenue, total.Currency));
        if (categories.Count == 1)
            return $"All revenue in {currency}, {revenue}, is from {categories[0].Category}";

        var best = categories.TakeWhile(category => category.Revenue == categories[0].Revenue).Select(category => category.Category).ToList();
        if (best.Count > 1)
            return $"{(best.Count > 3 ? $"{best.Count} categories" : Format.List(best))} bring the same, and most, revenue in {currency}: {Format.Money(categories[0].Revenue, currency)} each";

        // A share of a sum with negative parts would be none.
        return categories.All(category => category.Revenue >= 0) && total.Revenue > 0
            ? $"{best[0]} brings most revenue in {currency}: {Format.Share(categories[0].Revenue, total.Revenue)} of {Format.CompactMoney(total.Revenue, currency)}"
            : $"{best[0]} brings most revenue in {currency}: {Format.Money(categories[0].Revenue, currency)} of {revenue} in all";
    }

    /// <param name="isNarrowed">Whether they are only a part of what the period has, such as a merchant's.</param>
    public static IEnumerable<string> Sentences(CurrencyTotal total, IReadOnlyList<CategoryRevenue> categories, bool isNarrowed = false)
    {
        if (categories.Count > 4 && categories.All(category => category.Revenue >= 0) && total.Revenue > 0)
            yield return $"The three largest of {categories.Count} categories together have {Format.Share(categories.Take(3).Sum(category => category.Revenue), total.Revenue)}.";

        var busiest = categories.OrderByDescending(category => category.Purchases).ToList();
        if (categories.Count > 1 && busiest[0].Purchases > busiest[1].Purchases && busiest[0].Category != categories[0].Category && total.Revenue > 0 && busiest[0].Revenue >= 0)
            yield return $"Most purchases are made in another one, {busiest[0].Category}: {Format.Share(busiest[0].Purchases, total.Purchases)} of all purchases, for {Format.Share(busiest[0].Revenue, total.Revenue)} of the revenue.";

        yield return total.Refunds == 0
            ? $"Nothing {(isNarrowed ? "of what is shown " : "")}was refunded or reversed in {total.Currency}."
            : $"Refunds and reversals took back {Format.Money(total.Refunds, total.Currency)}{(total.Sales > 0 ? $", {Format.Share(total.Refunds, total.Sales)} of sales" : "")}; revenue is what remained.";
    }

    public static string? Write(Html html, AnalysisData data, IReadOnlyList<string> currencies)
    {
        string? first = null;
        html.Section("categories", "Where does revenue come from?");
        html.Paragraph("Revenue is what transactions add to the books: purchases less refunds and reversals. The category is that of the merchant.");
        foreach (var currency in currencies)
        {
            var total = data.Totals.First(t => t.Currency == currency);
            var categories = data.Activity.All("category", RowJson.Default.CategoryRevenue).Where(c => c.Currency == currency)
                .OrderByDescending(c => c.Revenue).ThenBy(c => c.Category, StringComparer.Ordinal).ToList();
            var headline = Headline(total, categories);
            first ??= headline;

            var bars = categories.Take(categories.Count > MostBars ? MostBars - 1 : MostBars)
                .Select(c => new Bar(c.Category, (double)c.Revenue, Shown(c.Revenue), $"{c.Category}: {Format.Money(c.Revenue, currency)} from {Format.Count(c.Transactions, "transaction")}")).ToList();
            if (categories.Count > MostBars)
            {
                var rest = categories.Skip(MostBars - 1).ToList();
                bars.Add(new Bar($"{rest.Count} others", (double)rest.Sum(c => c.Revenue), Shown(rest.Sum(c => c.Revenue)), Style: "fill-muted"));
            }

            html.Chart(headline, BarChart.Draw(
                    headline, $"Bars of revenue by merchant category: {string.Join("; ", bars.Select(bar => $"{bar.Label} {bar.Shown}"))}.", bars, $"Revenue, {currency}", Format.Compact),
                $"Revenue by merchant category in {currency}.");
            html.Insights(Sentences(total, categories));
            html.Table($"All categories in {currency}", ["Category", "Transactions#", "Purchases#", $"Refunds, {currency}#", $"Revenue, {currency}#"],
                categories.Select(c => (IReadOnlyList<string>)[c.Category, Format.Count(c.Transactions), Format.Count(c.Purchases), Format.Amount(c.Refunds), Format.Amount(c.Revenue)]));

            string Shown(decimal revenue) => total.Revenue > 0 && categories.All(c => c.Revenue >= 0)
                ? $"{Format.Compact((double)revenue)}  ({Format.Share(revenue, total.Revenue)})"
                : Format.Compact((double)revenue);
        }

        html.Sql(data.Activity);
        html.EndSection();
        return first;
    }
}
