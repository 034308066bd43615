using Fintech.Analysis.Charts;
using Fintech.Analysis.Document;
using Fintech.Analysis.Figures;
using Fintech.Analysis.Warehouse;
using Xunit;

namespace Fintech.Tests.Analysis;

/// <summary>Sentences hold their conditions: ties, one of a kind, nothing, less than nothing.</summary>
public sealed class FindingTests
{
    private static readonly DateTimeOffset Begin = AnalysisBench.Begin;

    [Fact]
    public void Categories_that_tie_are_named_together()
    {
        Assert.Equal("Fuel and Travel bring the same, and most, revenue in USD: USD 50.00 each", CategoriesSection.Headline(Total(100), [Category("Fuel", 50), Category("Travel", 50)]));
        Assert.Equal("All revenue in USD, USD 100.00, is from Fuel", CategoriesSection.Headline(Total(100), [Category("Fuel", 100)]));
        Assert.Equal("Nothing of what is shown was refunded or reversed in USD.", CategoriesSection.Sentences(Total(100), [Category("Fuel", 100)], isNarrowed: true).Last());
        Assert.Equal("Fuel brings most revenue in USD: 75 % of USD 100", CategoriesSection.Headline(Total(100), [Category("Fuel", 75), Category("Travel", 25)]));
    }

    [Fact]
    public void A_share_is_not_told_of_a_sum_that_refunds_made_smaller_than_its_parts()
    {
        Assert.Equal("Fuel brings most revenue in USD: USD 75.00 of USD -25.00 in all", CategoriesSection.Headline(Total(-25), [Category("Fuel", 75), Category("Travel", -100)]));
        Assert.DoesNotContain(CategoriesSection.Sentences(Total(-25), [Category("Fuel", 75), Category("Travel", -100)]), sentence => sentence.Contains("of the revenue", StringComparison.Ordinal));
    }

    [Fact]
    public void Equal_amounts_have_no_distribution()
    {
        var one = new AmountSummary("USD", 1, 12, 12, 12, 12, 1, 12);
        Assert.Equal("The only purchase in USD is one of USD 12.00", AmountsSection.Headline(one, []));
        Assert.Equal("All 3 purchases in USD are of the same amount, USD 12.00", AmountsSection.Headline(one with { Purchases = 3 }, []));
        Assert.Empty(AmountsSection.Sentences(one, []));
    }

    [Fact]
    public void No_cause_is_told_that_was_not_looked_for()
    {
        // 51 purchases of 1 and 49 of 2: the average is far above the median, and no purchase is large.
        var sentences = AmountsSection.Sentences(new AmountSummary("USD", 100, 149, 1.49m, 1, 2, 49, 98), [new("USD", 0.5m, 1), new("USD", 0.99m, 2)]).ToList();
        Assert.Contains("It is 1.5 times the median.", sentences);
        Assert.DoesNotContain(sentences, sentence => sentence.Contains("large", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, 0, 0, "No customer brought revenue above zero in USD")]
    [InlineData(1, 1, 0, "All revenue in USD that a customer is known for is from one customer")]
    [InlineData(4, 1, 0, "All 4 customers brought the same revenue in USD")]
    [InlineData(4, 1, 0.5, "The best of 4 known customers has 40 % of what they brought in USD")]
    [InlineData(11, 2, 0.5, "The best 2 of 11 known customers have 40 % of what they all brought in USD")]
    [InlineData(40, 4, 0.5, "The best 4 of 40 known customers have 40 % of what they all brought in USD")]
    public void Concentration_is_told_by_how_many_there_are(long earning, long decile, double gini, string expected) =>
        Assert.Equal(expected, CustomersSection.Headline(new CustomerSummary("USD", earning, earning, earning, 100, (decimal)gini, decile, 40, 1)));

    [Fact]
    public void A_trend_compares_whole_days_only_and_shows_days_on_which_nothing_happened()
    {
        List<TrendPoint> points = [.. Enumerable.Range(0, 16).Where(day => day != 4).Select(day => new TrendPoint("USD", false, Begin.AddDays(day), 5, day < 8 ? 100 : 110))];
        var trend = new Trend("USD", points, Begin.AddHours(5), Begin.AddDays(15).AddHours(12));
        Assert.Equal(16, trend.Steps.Count);
        Assert.Equal([0, 15], trend.Steps.Index().Where(step => !step.Item.Whole).Select(step => step.Index));
        Assert.Equal("Revenue in USD of the last seven whole days is 28.3 % above that of the seven before", trend.Headline());   // 770 to 600
        Assert.Contains("On 1 day nothing happened in USD.", trend.Sentences());
    }

    [Fact]
    public void Days_that_tie_are_not_called_best()
    {
        List<TrendPoint> points = [.. Enumerable.Range(0, 4).Select(day => new TrendPoint("USD", false, Begin.AddDays(day), 5, 100))];
        Assert.Equal("Every whole day brought the same revenue in USD: USD 100.00", new Trend("USD", points, Begin, Begin.AddDays(3).AddHours(23)).Headline());
        Assert.Equal("The period has only one whole day in USD: no trend can be told from it", new Trend("USD", points[..1], Begin, Begin.AddHours(23)).Headline());
        Assert.Equal("The period has no whole day in USD: no trend can be told from it", new Trend("USD", points[..1], Begin, Begin.AddHours(22)).Headline());
    }

    [Fact]
    public void An_hour_of_the_week_counts_with_its_average()
    {
        // Two Mondays and one Tuesday: 10 on both Mondays at 9, 15 on the one Tuesday at 9.
        var week = Week([new(1, 9, 20), new(2, 9, 15), new(1, 0, 1), new(1, 23, 1)], Begin, Begin.AddDays(7).AddHours(23), 1, 1);
        Assert.Equal("Tuesday from 09:00 to 10:00 is the busiest hour of the week, with 15 transactions on average", week.Headline());
        Assert.Equal(10, week.Average(1, 9));
        Assert.Equal(168, week.Covered);
    }

    [Fact]
    public void Hours_at_the_edges_of_the_data_are_not_compared_with_whole_ones()
    {
        // 600 an hour, from Monday 17:50 for two weeks: 100 in the first hour, 500 in the last.
        var (first, last) = (Begin.AddHours(17), Begin.AddDays(14).AddHours(17));
        List<HourOfWeek> rows = [.. from day in Enumerable.Range(1, 7) from hour in Enumerable.Range(0, 24) select new HourOfWeek(day, hour, 1_200)];
        var week = Week(rows, first, last, 100, 500);
        Assert.Equal("All hours of the period are equally busy, with 600 transactions on average", week.Headline());
        Assert.Equal((168, 1_200, 600, 1), (week.Covered, week.Transactions(1, 17), week.Counted(1, 17), week.Hours(1, 17)));
        Assert.Contains("Two hours at the edges of the data may not be whole and are not counted.", week.Sentences());
        Assert.DoesNotContain(week.Sentences(), sentence => sentence.StartsWith("The quietest", StringComparison.Ordinal));

        // Where there is nothing else, they are what there is.
        var alone = Week([new(1, 17, 100)], first, first, 100, 100);
        Assert.Equal("All of the period lies within one hour, Monday from 17:00 to 18:00", alone.Headline());
        Assert.Null(alone.Average(2, 9));
    }

    [Fact]
    public void Hours_count_over_the_period_that_was_asked_for_where_the_data_go_on_beyond()
    {
        // A week within a year of data, in which something happened on Tuesday at 9 and Thursday at 9 only.
        var (from, to) = (Begin, Begin.AddDays(7));
        var edges = new Edges(Begin.AddDays(1).AddHours(9), Begin.AddDays(3).AddHours(9), 10, 20, new(2025, 6, 1), new(2026, 6, 1));
        var week = new HoursOfWeek([new(2, 9, 10), new(4, 9, 20)], edges, new(from, to));
        Assert.Equal((168, 10d, 20d, 0d), (week.Covered, week.Average(2, 9), week.Average(4, 9), week.Average(7, 23)));
        Assert.Equal(0, week.LeftOut);

        // Asked for from within an hour: that hour is not whole.
        week = new HoursOfWeek([new(2, 9, 10), new(4, 9, 20)], edges, new(Begin.AddDays(1).AddHours(9).AddMinutes(30), to));
        Assert.Equal((null, 1), (week.Average(2, 9), week.LeftOut));

        // Data that end in the middle of the period say nothing of what comes after.
        week = new HoursOfWeek([new(2, 9, 10), new(4, 9, 20)], edges with { LastDay = new(2026, 1, 8) }, new(from, to));
        Assert.Equal((10d, null, null), (week.Average(2, 9), week.Average(4, 9), week.Average(7, 23)));
    }

    [Theory]
    [InlineData(0, 0, "No transaction of this period was scored: all of it came by batch")]
    [InlineData(1, 2, "2 alerts were raised, and 1 scored transaction is left of those that raised them")]
    [InlineData(0, 1, "1 alert was raised, and 0 scored transactions are left of those that raised them")]
    [InlineData(5, 0, "None of 5 scored transactions raised an alert")]
    [InlineData(1_000, 5, "5 of 1,000 scored transactions raised an alert: a rate of 0.50 %")]
    public void The_alert_rate_is_of_what_was_scored(long scored, long alerts, string expected) =>
        Assert.Equal(expected, AnomaliesSection.Headline(new(alerts, scored, scored == 0 ? null : (decimal)alerts / scored)));

    [Theory]
    [InlineData(10, 30, 5, "They are 10 % of the purchases and 50 % of what was sold. A threshold of USD 1,500.00 would catch 30 purchases, 3.0 times as many. A threshold of USD 6,000.00 would catch 5 purchases, 50 % of them.")]
    [InlineData(10, 10, 0, "They are 10 % of the purchases and 50 % of what was sold. A threshold of USD 1,500.00 would catch as many. A threshold of USD 6,000.00 would catch none.")]
    [InlineData(0, 1, 0, "A threshold of USD 1,500.00 would catch 1 purchase. A threshold of USD 6,000.00 would catch none.")]
    [InlineData(0, 0, 0, "A threshold of USD 1,500.00 would catch none. A threshold of USD 6,000.00 would catch none.")]
    public void Other_thresholds_are_compared_with_the_one_in_force(long now, long half, long twice, string expected)
    {
        ThresholdStep[] steps = [new(1_500, 0.5m, half, 0), new(3_000, 1, now, 500), new(6_000, 2, twice, 0)];
        Assert.Equal(expected, string.Join(' ', AnomaliesSection.ThresholdSentences(
            new(1, "high-value", true, 3_000, "USD"), steps, new AmountSummary("USD", 100, 1_000, 10, 1, 9_000, 1, 9_000))));
    }

    [Fact]
    public void What_a_threshold_misses_is_told_only_where_it_can_be_judged()
    {
        Assert.StartsWith("No customer has the six purchases", AnomaliesSection.PatternSentences(new(0, 0, 0, 0), "USD 3,000.00").First(), StringComparison.Ordinal);
        Assert.Contains("The threshold of USD 3,000.00 sees 2 of these and misses 3, which are unusual for the customer and still not above it.", AnomaliesSection.PatternSentences(new(9, 2, 3, 0), "USD 3,000.00"));
        Assert.Contains("The threshold of USD 3,000.00 sees all of these.", AnomaliesSection.PatternSentences(new(9, 2, 0, 0), "USD 3,000.00"));
    }

    [Fact]
    public void Nearly_everything_is_never_called_everything()
    {
        Assert.Equal("more than 99.99 %", Format.Percent(0.999999m));
        Assert.Equal("less than 0.01 %", Format.Percent(0.000001m));
        Assert.Equal("100 %", Format.Percent(1));
        Assert.Equal("99.99 % of what came by stream arrived within 1 second of the event", ArrivalsSection.Headline([new("stream", 1, 9_999, 0), new("stream", 7, 1, 1)]));
        Assert.Equal("More than 99.99 % of what came by stream arrived within 1 second of the event", ArrivalsSection.Headline([new("stream", 1, 99_999, 0), new("stream", 7, 1, 1)]));
        Assert.Equal("Everything that came by stream arrived within 10 seconds of the event", ArrivalsSection.Headline([new("stream", 1, 5, 0), new("stream", 2, 5, 0)]));
        Assert.Equal("Nothing came by stream; a batch brought 3 transactions", ArrivalsSection.Headline([new("batch", 7, 3, 3)]));
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.34, "0.34")]
    [InlineData(1_234, "1,234")]
    [InlineData(12_345, "12.3 k")]
    [InlineData(999_600, "1 M")]
    [InlineData(-2_500_000, "-2.5 M")]
    public void Axis_numbers_are_short(double number, string expected) => Assert.Equal(expected, Format.Compact(number));

    private static HoursOfWeek Week(IEnumerable<HourOfWeek> rows, DateTimeOffset first, DateTimeOffset last, long inFirst, long inLast) =>
        new(rows, new(first, last, inFirst, inLast, DateOnly.FromDateTime(first.UtcDateTime), DateOnly.FromDateTime(last.UtcDateTime)), Period.Everything);

    private static CurrencyTotal Total(decimal revenue) => new("USD", 10, 10, 175, 0, revenue, 0, Begin, Begin);

    private static CategoryRevenue Category(string name, decimal revenue) => new("USD", name, 5, 5, 0, revenue);
}
