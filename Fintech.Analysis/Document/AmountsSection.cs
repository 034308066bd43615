using Fintech.Analysis.Charts;
using Fintech.Analysis.Figures;

namespace Fintech.Analysis.Document;

/// <summary>How much people pay at a time.</summary>
internal static class AmountsSection
{
    private static readonly (decimal P, string Name)[] Names =
    [
        (0.01m, "1st percentile"), (0.05m, "5th percentile"), (0.10m, "10th percentile"), (0.25m, "First quartile"), (0.50m, "Median"), (0.75m, "Third quartile"),
        (0.90m, "90th percentile"), (0.95m, "95th percentile"), (0.99m, "99th percentile"), (0.999m, "99.9th percentile"), (1m, "Largest"),
    ];

    public static string Headline(AmountSummary s, IReadOnlyList<Quantile> quantiles) => s switch
    {
        { Purchases: 1 } => $"The only purchase in {s.Currency} is one of {Format.Money(s.Largest, s.Currency)}",
        _ when s.Smallest == s.Largest => $"All {Format.Count(s.Purchases)} purchases in {s.Currency} are of the same amount, {Format.Money(s.Largest, s.Currency)}",
        _ => $"At least half of the purchases in {s.Currency} are of {Format.Money(At(quantiles, 0.5m), s.Currency)} or less",
    };

    public static IEnumerable<string> Sentences(AmountSummary s, IReadOnlyList<Quantile> quantiles)
    {
        if (s.Smallest == s.Largest)
            yield break;

        var (median, tail) = (At(quantiles, 0.5m), At(quantiles, 0.99m));
        yield return $"Amounts go from {Format.Money(s.Smallest, s.Currency)} to {Format.Money(s.Largest, s.Currency)}; the average is {Format.Money(s.Mean, s.Currency)}.";
        if (s.Mean >= median * 1.25m)
            yield return $"It is {(s.Mean / median).ToString("0.0", System.Globalization.CultureInfo.InvariantCulture)} times the median.";
        yield return $"The {Format.Count(s.TailPurchases, "purchase")} of {Format.Money(tail, s.Currency)} or more {(s.TailPurchases == 1 ? "is" : "are")} "
            + $"{Format.Share(s.TailPurchases, s.Purchases)} of all and {Format.Share(s.TailSales, s.Sales)} of what was sold.";
    }

    public static string? Write(Html html, AnalysisData data, IReadOnlyList<string> currencies)
    {
        string? first = null;
        html.Section("amounts", "What do people pay?");
        html.Paragraph("Each purchase counts once; refunds and reversals are left out. The axis is logarithmic: each step to the right is the same factor, so that small purchases and the long tail of large ones are seen together.");
        foreach (var currency in currencies)
        {
            var summary = data.Amounts.All("summary", RowJson.Default.AmountSummary).FirstOrDefault(s => s.Currency == currency);
            if (summary is null)
            {
                html.Paragraph($"There are no purchases in {currency} in this period.");
                continue;
            }

            var quantiles = data.Amounts.All("quantile", RowJson.Default.Quantile).Where(q => q.Currency == currency).OrderBy(q => q.P).ToList();
            var bins = data.Amounts.All("bin", RowJson.Default.AmountBin).Where(bin => bin.Currency == currency).OrderBy(bin => bin.Bin).ToList();
            var headline = Headline(summary, quantiles);
            first ??= headline;
            var marks = new List<ChartMark> { new((double)At(quantiles, 0.5m), $"median {Format.Amount(At(quantiles, 0.5m))}", "strong") };
            if (summary.Smallest != summary.Largest)
                marks.Add(new((double)At(quantiles, 0.99m), $"99th percentile {Format.Amount(At(quantiles, 0.99m))}", "strong"));
            if (data.Threshold is { Threshold: { } threshold } rule && rule.Currency == currency && threshold <= summary.Largest && threshold >= summary.Smallest)
                marks.Add(new((double)threshold, $"alert above {Format.Amount(threshold)}", "alert"));

            html.Chart(headline, ColumnChart.Logarithmic(
                    headline, $"Histogram of {Format.Count(summary.Purchases, "purchase")} on a logarithmic axis. Quantiles: {string.Join("; ", quantiles.Select(q => $"{Name(q.P)} {Format.Amount(q.Amount)}"))}.",
                    [.. bins.Select(bin => new Column(
                        Math.Pow(10, bin.Bin / 10.0), Math.Pow(10, (bin.Bin + 1) / 10.0), bin.Purchases,
                        $"{Format.Amount(Edge(bin.Bin))} to {Format.Amount(Edge(bin.Bin + 1))}: {Format.Count(bin.Purchases, "purchase")}, {Format.Share(bin.Purchases, summary.Purchases)}"))],
                    marks, $"Amount of a purchase, {currency} (logarithmic)", "Purchases"),
                $"Purchases by amount in {currency}, ten columns to each factor of ten.");
            html.Insights(Sentences(summary, quantiles));
            html.Table($"Purchases by amount in {currency}", [$"From, {currency}#", $"Below, {currency}#", "Purchases#", "Share of purchases#", $"Their sum, {currency}#"],
                bins.Select(bin => (IReadOnlyList<string>)
                    [Format.Amount(Edge(bin.Bin)), Format.Amount(Edge(bin.Bin + 1)), Format.Count(bin.Purchases), Format.Share(bin.Purchases, summary.Purchases), Format.Amount(bin.Sales)]));
            html.Table($"Quantiles in {currency}", ["Quantile", $"Amount, {currency}#"], quantiles.Select(q => (IReadOnlyList<string>)[Name(q.P), Format.Amount(q.Amount)]));
        }

        html.Sql(data.Amounts);
        html.EndSection();
        return first;
    }

    private static decimal At(IReadOnlyList<Quantile> quantiles, decimal p) => quantiles.First(q => q.P == p).Amount;

    private static decimal Edge(int bin) => (decimal)Math.Pow(10, bin / 10.0);

    private static string Name(decimal p) => Names.First(name => name.P == p).Name;
}
