using System.Text.Json;
using Fintech.Dashboard.History;
using Fintech.Tests.Analysis;
using Xunit;

namespace Fintech.Tests.History;

/// <summary>What the page says in words is true of what it shows.</summary>
public sealed class HistoryFindingTests(Servers servers)
{
    private static readonly DateTimeOffset Begin = AnalysisBench.Begin;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_trend_of_an_hour_of_the_week_has_steps_of_its_weekday_alone()
    {
        // Four weeks from a Monday on, an event every twelve hours, and on Wednesdays one of 100 at 14:30 as well.
        List<Sale> sales = [.. Enumerable.Range(0, 56).Select(i => new Sale($"s{i}", 1, "Fuel", Begin.AddHours(i * 12), 1))];
        sales.AddRange(Enumerable.Range(0, 4).Select(week => new Sale($"w{week}", 1, "Fuel", Begin.AddDays(2 + 7 * week).AddHours(14.5), 100)));
        await using var bench = await AnalysisBench.CreateAsync(servers, sales);
        await using var page = await HistoryAnswers.StartAsync(servers, bench.ConnectionString, Token);

        var table = await page.TableAsync("trend", "?currency=USD&weekday=3&hour=14", Token);
        Assert.Equal(["2026-01-07", "2026-01-14", "2026-01-21", "2026-01-28"], table.GetProperty("rows").EnumerateArray().Select(row => row[0].GetString()));
        Assert.All(table.GetProperty("rows").EnumerateArray(), row => Assert.Equal((100m, true), (row[2].GetDecimal(), row[3].GetBoolean())));
        Assert.Equal("Of what is shown: Every whole Wednesday brought the same revenue in USD: USD 100.00", Headline(table));
        Assert.Equal(["The average of 4 whole Wednesdays is USD 100.00."], Sentences(table));
    }

    [Fact]
    public async Task A_day_on_which_the_data_end_before_the_hour_is_not_whole()
    {
        List<Sale> sales = [.. Enumerable.Range(0, 20).Select(i => new Sale($"s{i}", 1, "Fuel", Begin.AddHours(10 + i * 24), 7))];
        await using var bench = await AnalysisBench.CreateAsync(servers, sales);
        await using var page = await HistoryAnswers.StartAsync(servers, bench.ConnectionString, Token);
        var whole = (await page.RowsAsync("trend", "?currency=USD&hour=10", Token)).Select(row => row["whole"].GetBoolean()).ToList();
        Assert.Equal((20, false, false, 18), (whole.Count, whole[0], whole[^1], whole.Count(step => step)));
    }

    [Fact]
    public async Task A_merchant_with_two_categories_is_one_merchant()
    {
        // A has 100; B has 60 in each of two categories.
        await using var bench = await AnalysisBench.CreateAsync(servers, [new("a", 1, "A", Begin, 100), new("b", 1, "B", Begin, 60), new("c", 1, "C", Begin, 60)]);
        await bench.ExecuteAsync("update dw.dim_merchant set merchant_name = 'Shop of B', is_current = false, valid_from = '2000-01-01', valid_to = now() where merchant_name = 'Shop of C'");
        await using var page = await HistoryAnswers.StartAsync(servers, bench.ConnectionString, Token);
        foreach (var search in (string[])["?currency=USD", "?currency=USD&weekday=1"])
        {
            var table = await page.TableAsync("merchants", search, Token);
            Assert.EndsWith("Shop of B brings most revenue in USD: 54.5 % of USD 220", Headline(table), StringComparison.Ordinal);
            Assert.Equal(["All there are: 2 merchants."], Sentences(table));
            Assert.Equal(["B, C", "A"], table.GetProperty("rows").EnumerateArray().Select(row => row[1].GetString()));
        }
    }

    [Fact]
    public async Task One_merchant_below_zero_among_those_that_are_not_shown_leaves_no_share()
    {
        List<Sale> sales = [.. Enumerable.Range(0, 20).Select(i => new Sale($"s{i}", 1, $"M{i:00}", Begin, 100 - i)), new("r", 1, "Refunder", Begin, -500, Type: "refund")];
        await using var bench = await AnalysisBench.CreateAsync(servers, sales);
        await using var page = await HistoryAnswers.StartAsync(servers, bench.ConnectionString, Token);
        var table = await page.TableAsync("merchants", "?currency=USD", Token);
        Assert.Equal("Shop of M00 brings most revenue in USD: USD 100.00", Headline(table));
        Assert.Equal(["The 15 with most revenue, of 21 merchants."], Sentences(table));
    }

    [Theory]
    [InlineData(1, "B brings most revenue in USD: 60 % of USD 100")]
    [InlineData(2, "B and A bring the same, and most, revenue in USD: USD 60.00 each")]
    [InlineData(7, "7 merchants bring the same, and most, revenue in USD: USD 60.00 each")]
    public void Merchants_with_the_same_revenue_are_named_together(int best, string headline) => Assert.Equal(
        headline, HistoryRankings.Headline([new("B", "", 1, 1, 0, 60, 100, 0, best, 9), new("A", "", 1, 1, 0, 60, 100, 0, best, 9)], "USD"));

    [Fact]
    public async Task What_is_found_of_a_part_is_not_said_of_all()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, AnalysisBench.FixedSales);
        await using var page = await HistoryAnswers.StartAsync(servers, bench.ConnectionString, Token);
        foreach (var chart in (string[])["categories", "hours", "trend", "amounts", "merchants", "customers", "alerts"])
        {
            foreach (var narrowed in (string[])["category=Fuel", "merchant=Shop%20of%20Fuel", "weekday=3&hour=14"])
            {
                var headline = Headline(await page.TableAsync(chart, $"?currency=USD&{narrowed}", Token));
                Assert.True(headline is null || headline.StartsWith("Of what is shown: ", StringComparison.Ordinal), $"{chart} of {narrowed} says: {headline}");
            }

            Assert.DoesNotContain("what is shown", Headline(await page.TableAsync(chart, "?currency=USD", Token)) ?? "", StringComparison.Ordinal);
        }

        Assert.Null(Headline(await page.TableAsync("categories", "?currency=USD&category=Fuel", Token)));
        Assert.Equal("Of what is shown: All revenue in USD is from Shop of Fuel", Headline(await page.TableAsync("merchants", "?currency=USD&category=Fuel", Token)));
    }

    [Fact]
    public async Task One_known_customer_beside_anonymous_sales_did_not_bring_all_revenue()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, [new("a", 1, "Fuel", Begin, 10), new("b", null, "Fuel", Begin, 500)]);
        await using var page = await HistoryAnswers.StartAsync(servers, bench.ConnectionString, Token);
        Assert.Matches("^Customer C-[0-9A-F]{10} is the only one who brought revenue above zero in USD: USD 10.00$", Headline(await page.TableAsync("customers", "?currency=USD", Token)));
    }

    [Fact]
    public async Task One_alert_is_spoken_of_as_one()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, [new("a", 1, "Fuel", Begin, 5_000, Streamed: true, Alert: true)]);
        await using var page = await HistoryAnswers.StartAsync(servers, bench.ConnectionString, Token);
        var table = await page.TableAsync("alerts", "?currency=USD", Token);
        Assert.Equal("The only alert has not been decided", Headline(table));
        Assert.StartsWith("1 of 1 alert is open.", Sentences(table)[0], StringComparison.Ordinal);
        await bench.ExecuteAsync("insert into dw.alert_disposition (transaction_id, source_system, status, actor) select transaction_id, source_system, 'false_positive', 'test' from dw.fact_fraud_alerts");
        Assert.Equal("The only decided alert was dismissed", Headline(await page.TableAsync("alerts", "?currency=USD", Token)));
    }

    private static string? Headline(JsonElement table) => table.GetProperty("headline").GetString();

    private static List<string> Sentences(JsonElement table) => [.. table.GetProperty("sentences").EnumerateArray().Select(sentence => sentence.GetString()!)];
}
