using System.Globalization;
using Fintech.Analysis.Charts;
using Fintech.Analysis.Figures;

namespace Fintech.Analysis.Document;

/// <summary>Who is worth most, and how much of the revenue hangs on few.</summary>
internal static class CustomersSection
{
    public static string Headline(CustomerSummary s) => s switch
    {
        { Earning: 0 } => $"No customer brought revenue above zero in {s.Currency}",
        { Earning: 1 } => $"All revenue in {s.Currency} that a customer is known for is from one customer",
        { Gini: 0 } => $"All {Format.Count(s.Earning)} customers brought the same revenue in {s.Currency}",
        { Decile: 1 } => $"The best of {Format.Count(s.Earning)} known customers has {Format.Share(s.DecileRevenue, s.Revenue)} of what they brought in {s.Currency}",
        _ => $"The best {Format.Count(s.Decile)} of {Format.Count(s.Earning)} known customers have {Format.Share(s.DecileRevenue, s.Revenue)} of what they all brought in {s.Currency}",
    };

    public static IEnumerable<string> Sentences(CustomerSummary s)
    {
        if (s.Earning > 1)
        {
            yield return "These are all customers with revenue above zero; transactions that name no customer are not in their revenue.";
            yield return $"Half of it is from {Format.Count(s.Half, "customer")}, {Format.Share(s.Half, s.Earning)} of them.";
            if (s.Gini is { } gini)
                yield return $"The Gini coefficient is {gini.ToString("0.00", CultureInfo.InvariantCulture)} (0: all the same; towards 1: one has everything).";
        }

        if (s.Customers > s.Earning)
            yield return $"{Format.Count(s.Customers - s.Earning, "customer")} got back as much as they paid, or more, and {(s.Customers - s.Earning == 1 ? "is" : "are")} not in these shares.";
    }

    public static string? Write(Html html, AnalysisData data, IReadOnlyList<string> currencies)
    {
        string? first = null;
        html.Section("customers", "Who are the most valuable customers?");
        html.Paragraph("Customers are shown under pseudonyms, which are made in the warehouse and stay the same from document to document. An active customer has at least one purchase in the period.");
        foreach (var currency in currencies)
        {
            if (data.Customers.All("summary", RowJson.Default.CustomerSummary).FirstOrDefault(s => s.Currency == currency) is not { } summary)
            {
                html.Paragraph($"No transaction in {currency} names a customer.");
                continue;
            }

            var headline = Headline(summary);
            first ??= headline;
            var top = data.Customers.All("top", RowJson.Default.TopCustomer).Where(t => t.Currency == currency).OrderBy(t => t.Rank).ToList();
            List<(double Customers, double Revenue)> curve = [];
            if (summary.Earning > 1)
            {
                var lorenz = data.Customers.All("lorenz", RowJson.Default.LorenzPoint).Where(point => point.Currency == currency)
                    .OrderBy(point => point.Customers).Select(point => ((double)point.Customers, (double)point.Revenue)).ToList();
                html.Chart(headline, LineChart.Lorenz(
                        headline, $"Lorenz curve of revenue over {Format.Count(summary.Earning)} customers, beside the line of equality. Gini coefficient {summary.Gini?.ToString("0.00", CultureInfo.InvariantCulture)}.", lorenz),
                    $"Concentration of revenue in {currency}: the further the curve sags, the more hangs on few.");
                curve = [.. lorenz];
            }
            else
            {
                html.Heading(headline);
            }

            html.Insights(Sentences(summary));
            if (top.Count > 0)
                html.Table($"The {Format.Count(top.Count, "customer")} with most revenue in {currency}", ["Rank#", "Customer", "Purchases#", $"Revenue, {currency}#", "Share of what all brought#"],
                    top.Select(t => (IReadOnlyList<string>)
                        [t.Rank.ToString(CultureInfo.InvariantCulture), t.Customer, Format.Count(t.Purchases), Format.Amount(t.Revenue), Format.Percent(t.Share)]), folded: top.Count > 10);
            if (curve.Count > 0)
                html.Table($"The curve of concentration in {currency}", ["Customers with least revenue#", "Their share of what all brought#"],
                    curve.Select(point => (IReadOnlyList<string>)[Format.Percent((decimal)point.Customers), Format.Percent((decimal)point.Revenue)]));
        }

        html.Sql(data.Customers);
        html.EndSection();
        return first;
    }
}
