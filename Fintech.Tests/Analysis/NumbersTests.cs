using Fintech.Analysis.Figures;
using Fintech.Analysis.Warehouse;
using Xunit;

namespace Fintech.Tests.Analysis;

/// <summary>Golden numbers: what the statements say against what LINQ makes of the same sales, by other ways.</summary>
public sealed class NumbersTests(Servers servers)
{
    private static IReadOnlyList<Sale> Sales => AnalysisBench.FixedSales;

    [Fact]
    public async Task Totals_categories_and_hours_are_those_of_the_sales()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, Sales);
        var data = await bench.ReadAsync();
        Assert.Equal(["USD", "EUR"], data.Totals.Select(total => total.Currency));
        foreach (var total in data.Totals)
        {
            var mine = Sales.Where(sale => sale.Currency == total.Currency).ToList();
            Assert.Equal(
                new CurrencyTotal(
                    total.Currency, mine.Count, mine.Count(sale => sale.Type == "purchase"), mine.Where(sale => sale.Amount > 0).Sum(sale => sale.Amount), -mine.Where(sale => sale.Amount < 0).Sum(sale => sale.Amount),
                    mine.Sum(sale => sale.Amount), mine.Count(sale => sale.Streamed), Hour(mine.Min(sale => sale.At)), Hour(mine.Max(sale => sale.At))),
                total);

            Assert.Equal(
                mine.GroupBy(sale => sale.Category).Select(c => (c.Key, (long)c.Count(), c.Sum(sale => sale.Amount))).OrderBy(c => c.Key),
                data.Activity.All("category", RowJson.Default.CategoryRevenue).Where(c => c.Currency == total.Currency).Select(c => (c.Category, c.Transactions, c.Revenue)).OrderBy(c => c.Category));

            Assert.Equal(
                mine.GroupBy(sale => sale.At.Date).Select(d => (d.Key, (long)d.Count(), d.Sum(sale => sale.Amount))).OrderBy(d => d.Key),
                data.Activity.All("trend", RowJson.Default.TrendPoint).Where(p => p.Currency == total.Currency).Select(p => (p.At.UtcDateTime, p.Transactions, p.Revenue)).OrderBy(p => p.UtcDateTime));
        }

        Assert.Equal(
            Sales.GroupBy(sale => (sale.At.DayOfWeek, sale.At.Hour)).Select(h => (h.Key.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)h.Key.DayOfWeek, h.Key.Hour, (long)h.Count())).Order(),
            data.Activity.All("hour", RowJson.Default.HourOfWeek).Select(h => (h.Weekday, h.Hour, h.Transactions)).Order());
    }

    [Fact]
    public async Task Quantiles_bins_and_thresholds_are_exact()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, Sales);
        var data = await bench.ReadAsync();
        foreach (var currency in (string[])["USD", "EUR"])
        {
            var amounts = Sales.Where(sale => sale.Currency == currency && sale.Type == "purchase").Select(sale => sale.Amount).Order().ToList();
            var quantiles = data.Amounts.All("quantile", RowJson.Default.Quantile).Where(q => q.Currency == currency).ToList();
            Assert.Equal(11, quantiles.Count);
            Assert.All(quantiles, q => Assert.Equal(amounts[(int)Math.Ceiling(q.P * amounts.Count) - 1], q.Amount));

            var bins = data.Amounts.All("bin", RowJson.Default.AmountBin).Where(bin => bin.Currency == currency).ToList();
            Assert.Equal(
                amounts.GroupBy(amount => (int)Math.Floor(Math.Log10((double)amount) * 10)).Select(bin => (bin.Key, (long)bin.Count(), bin.Sum())).Order(),
                bins.Select(bin => (bin.Bin, bin.Purchases, bin.Sales)).Order());

            var summary = data.Amounts.All("summary", RowJson.Default.AmountSummary).Single(s => s.Currency == currency);
            Assert.Equal(decimal.Round(amounts.Average(), 2, MidpointRounding.AwayFromZero), summary.Mean);
            var tail = amounts.Where(amount => amount >= quantiles.Single(q => q.P == 0.99m).Amount).ToList();
            Assert.Equal((tail.Count, tail.Sum()), (summary.TailPurchases, summary.TailSales));
        }

        var dollars = Sales.Where(sale => sale is { Currency: "USD", Type: "purchase" }).Select(sale => sale.Amount).ToList();
        var steps = data.Amounts.All("threshold", RowJson.Default.ThresholdStep);
        Assert.Equal(19, steps.Count);
        Assert.All(steps, step => Assert.Equal((dollars.Count(amount => amount > step.Threshold), dollars.Where(amount => amount > step.Threshold).Sum()), (step.Purchases, step.Sales)));
        Assert.Contains(steps, step => step.Purchases > 0);
    }

    [Fact]
    public async Task Concentration_counts_a_customer_once_whatever_their_versions()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, Sales);
        var data = await bench.ReadAsync();
        Assert.Equal(Sales.Where(sale => sale is { Customer: not null, Type: "purchase" }).Select(sale => sale.Customer).Distinct().Count(), data.Customers.First("active", RowJson.Default.ActiveCustomers)!.Customers);

        var values = Sales.Where(sale => sale is { Currency: "USD", Customer: not null }).GroupBy(sale => sale.Customer).Select(c => c.Sum(sale => sale.Amount)).Where(revenue => revenue > 0).Order().ToList();
        var summary = data.Customers.All("summary", RowJson.Default.CustomerSummary).Single(s => s.Currency == "USD");
        Assert.Equal((values.Count, values.Sum()), (summary.Earning, summary.Revenue));

        // The Gini coefficient by its definition, the mean difference of all pairs, not by ranks.
        var differences = values.SelectMany(_ => values, (a, b) => Math.Abs(a - b)).Sum();
        Assert.Equal((double)(differences / (2 * values.Count * values.Sum())), (double)summary.Gini!.Value, 3);

        var decile = (int)Math.Ceiling(values.Count / 10.0);
        Assert.Equal((decile, values.TakeLast(decile).Sum()), (summary.Decile, summary.DecileRevenue));
        var half = Enumerable.Range(1, values.Count).First(n => values.TakeLast(n).Sum() >= values.Sum() / 2);
        Assert.Equal(half, summary.Half);

        var top = data.Customers.All("top", RowJson.Default.TopCustomer).Where(t => t.Currency == "USD").OrderBy(t => t.Rank).ToList();
        Assert.Equal(values.AsEnumerable().Reverse().Take(10), top.Select(t => t.Revenue));
        Assert.All(top, t => Assert.Matches("^C-[0-9A-F]{10}$", t.Customer));

        var pattern = data.Customers.First("pattern", RowJson.Default.SpendingPattern)!;
        var judged = Sales.Where(sale => sale is { Currency: "USD", Customer: not null, Type: "purchase" }).GroupBy(sale => sale.Customer).Select(c => c.Select(sale => sale.Amount).Order().ToList()).Where(c => c.Count >= 6)
            .Select(c => (Unusual: c[^1] > 10 * c.SkipLast(1).Average(), Above: c[^1] > 3000)).ToList();
        Assert.Equal(
            new SpendingPattern(judged.Count, judged.Count(c => c is { Unusual: true, Above: true }), judged.Count(c => c is { Unusual: true, Above: false }), judged.Count(c => c is { Unusual: false, Above: true })), pattern);
    }

    [Fact]
    public async Task Alerts_and_arrivals_go_by_the_time_of_the_event()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, Sales);
        var data = await bench.ReadAsync();
        Assert.Equal(Sales.Count(sale => sale.Alert), data.Alerts.All("alerts", RowJson.Default.AlertTotal).Sum(a => a.Alerts));
        Assert.True(Sales.Count(sale => sale.Alert) > 0);

        var delays = data.Arrivals.All("delay", RowJson.Default.Delay);
        Assert.Equal(Sales.Count(sale => !sale.Streamed), delays.Single(d => d is { CameBy: "batch", Bucket: 7 }).Transactions);
        foreach (var (bucket, delay) in new[] { (1, 0.2), (2, 5), (3, 45), (6, 7_200) })
            Assert.Equal(Sales.Count(sale => sale.Streamed && sale.Delay == TimeSpan.FromSeconds(delay)), delays.Single(d => d.CameBy == "stream" && d.Bucket == bucket).Transactions);
        Assert.Equal(Sales.Count(sale => sale.Streamed && (sale.At + sale.Delay).Date > sale.At.Date), delays.Where(d => d.CameBy == "stream").Sum(d => d.AfterItsDay));

        // A period's rows are those that happened in it, with the end excluded.
        var (from, to) = (Sales[100].At, Sales[300].At);
        var part = await bench.ReadAsync(new Period(from, to));
        Assert.Equal(Sales.Count(sale => sale.At >= from && sale.At < to), part.Totals.Sum(total => total.Transactions));
        Assert.Equal(200, part.Totals.Sum(total => total.Transactions));
    }

    [Fact]
    public async Task The_alert_rate_is_that_of_the_sums_with_one_definition()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, Sales);
        var (alerts, scored) = (Sales.Count(sale => sale.Alert), Sales.Count(sale => sale.Streamed));
        var rate = (await bench.ReadAsync()).Rate;
        Assert.Equal((alerts, scored), (rate.Alerts, rate.Scored));
        Assert.Equal((double)alerts / scored, (double)rate.Rate!.Value, 12);

        var none = (await bench.ReadAsync(new Period(Sales[1].At, Sales[2].At))).Rate;
        Assert.Equal(new AlertRate(0, 0, null), none);
    }

    [Fact]
    public async Task The_edges_of_a_period_are_known()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, Sales);
        var (from, to) = (Sales[100].At, Sales[300].At);
        var mine = Sales.Where(sale => sale.At >= from && sale.At < to).ToList();
        var (first, last) = (Hour(mine.Min(sale => sale.At)), Hour(mine.Max(sale => sale.At)));
        Assert.Equal(
            new Edges(first, last, mine.Count(sale => Hour(sale.At) == first), mine.Count(sale => Hour(sale.At) == last), DateOnly.FromDateTime(Sales[0].At.UtcDateTime), DateOnly.FromDateTime(Sales[^1].At.UtcDateTime)),
            (await bench.ReadAsync(new Period(from, to))).Activity.First("edges", RowJson.Default.Edges));
    }

    [Fact]
    public async Task What_the_threshold_misses_is_counted_customer_by_customer()
    {
        // Five purchases of 10 and one that is: 3,100 (caught), 500 and 100.01 (missed), 100 (ten times, not more); and one who always spends 3,100 (ordinary).
        decimal[] largest = [3_100, 500, 100.01m, 100];
        Sale[] sales =
        [
            .. largest.SelectMany((most, customer) => Enumerable.Range(0, 6).Select(i => new Sale($"p{customer}-{i}", 1 + customer, "Fuel", AnalysisBench.Begin.AddHours(i), i == 3 ? most : 10))),
            .. Enumerable.Range(0, 6).Select(i => new Sale($"o{i}", 8, "Fuel", AnalysisBench.Begin.AddHours(i), 3_100)),
            .. Enumerable.Range(0, 5).Select(i => new Sale($"few{i}", 9, "Fuel", AnalysisBench.Begin.AddHours(i), i == 0 ? 9_000 : 10)),
        ];
        await using var bench = await AnalysisBench.CreateAsync(servers, sales);
        Assert.Equal(new SpendingPattern(5, 1, 2, 1), (await bench.ReadAsync()).Customers.First("pattern", RowJson.Default.SpendingPattern));
    }

    [Fact]
    public async Task Thresholds_and_quantiles_on_the_edges_of_bins_are_exact()
    {
        // Amounts and thresholds on powers of ten, where rounding of a logarithm could put one into the bin beside it.
        decimal[] amounts = [0.01m, 0.1m, 1, 9.99m, 10, 10.01m, 99.99m, 100, 100, 100.01m, 1_000, 2_999.99m, 3_000, 3_000.01m, 9_000, 10_000];
        Sale[] sales = [.. amounts.Select((amount, i) => new Sale($"a{i}", 1, "Fuel", AnalysisBench.Begin.AddHours(i), amount))];
        await using var bench = await AnalysisBench.CreateAsync(servers, sales);
        foreach (var threshold in (decimal[])[3_000, 1_000, 100, 0.01m])
        {
            await bench.ExecuteAsync(System.FormattableString.Invariant($$"""insert into etl.rule_set (rules, created_by) values ('[{"rule":"high-value","enabled":true,"threshold":{{threshold}},"currency":"USD"}]', 'test')"""));
            var data = await bench.ReadAsync();
            var steps = data.Amounts.All("threshold", RowJson.Default.ThresholdStep);
            Assert.Equal(19, steps.Count);
            Assert.All(steps, step => Assert.Equal((amounts.Count(amount => amount > step.Threshold), amounts.Where(amount => amount > step.Threshold).Sum()), (step.Purchases, step.Sales)));
            Assert.All(data.Amounts.All("quantile", RowJson.Default.Quantile), q => Assert.Equal(amounts[(int)Math.Ceiling(q.P * amounts.Length) - 1], q.Amount));
            Assert.Equal(new AmountSummary("USD", amounts.Length, amounts.Sum(), decimal.Round(amounts.Average(), 2), 0.01m, 10_000, 1, 10_000), data.Amounts.First("summary", RowJson.Default.AmountSummary));
        }
    }

    private static DateTimeOffset Hour(DateTimeOffset at) => new(at.Year, at.Month, at.Day, at.Hour, 0, 0, TimeSpan.Zero);
}
