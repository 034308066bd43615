using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Fintech.Analysis.Warehouse;
using Fintech.Dashboard.History;
using Fintech.Etl.Worker.History;
using Fintech.Tests.Analysis;
using Xunit;

namespace Fintech.Tests.History;

/// <summary>What the page asks the server for.</summary>
public sealed class HistoryApiTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;
    private static IReadOnlyList<Sale> Sales => AnalysisBench.FixedSales;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_page_and_the_document_agree_to_the_cent_rolled_up_or_not(bool isRolledUp)
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, Sales);
        await bench.ExecuteAsync("insert into dw.alert_disposition (transaction_id, source_system, status, actor) select transaction_id, source_system, 'confirmed_fraud', 'test' from dw.fact_fraud_alerts limit 2");
        if (isRolledUp)
            await new HistoryRollup(bench.Warehouse.DataSource, TimeProvider.System).RollAllAsync(Token);
        await using var page = await HistoryAnswers.StartAsync(servers, bench.ConnectionString, Token);
        foreach (var period in (Period[])[Period.Everything, new(Sales[100].At, Sales[500].At), new(AnalysisBench.Begin.AddDays(2), AnalysisBench.Begin.AddDays(9)), new(AnalysisBench.Begin.AddDays(3), AnalysisBench.Begin.AddDays(4))])
            await page.AssertSameAsync(await bench.ReadAsync(period), period, Token);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_clicked_narrows_every_chart_alike(bool isRolledUp)
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, Sales);
        if (isRolledUp)
            await new HistoryRollup(bench.Warehouse.DataSource, TimeProvider.System).RollAllAsync(Token);
        await using var page = await HistoryAnswers.StartAsync(servers, bench.ConnectionString, Token);
        foreach (var (search, isOf) in ((string, Func<Sale, bool>)[])
        [
            ("category=Fuel", sale => sale.Category == "Fuel"), ("merchant=Shop%20of%20Travel", sale => sale.Category == "Travel"), ("weekday=3", sale => sale.At.DayOfWeek == DayOfWeek.Wednesday),
            ("weekday=3&hour=14", sale => sale.At is { DayOfWeek: DayOfWeek.Wednesday, Hour: 14 }), ("category=Fuel&from=2026-01-07&to=2026-01-12", sale => sale.Category == "Fuel" && sale.At.Day is >= 7 and < 12),
            ("hour=14&category=Fuel", sale => sale is { Category: "Fuel", At.Hour: 14 }), ("hour=14&merchant=Shop%20of%20Travel&category=Travel", sale => sale is { Category: "Travel", At.Hour: 14 }),
        ])
        {
            var mine = Sales.Where(sale => sale.Currency == "USD" && isOf(sale)).ToList();
            Assert.NotEmpty(mine);
            var (revenue, purchases, asked) = (mine.Sum(sale => sale.Amount), mine.Count(sale => sale.Type == "purchase"), $"?currency=USD&{search}");
            var totals = (await page.RowsAsync("totals", $"?{search}", Token)).Single(row => row["currency"].GetString() == "USD");
            Assert.Equal(revenue, totals["revenue"].GetDecimal());
            Assert.Equal(mine.Where(sale => sale is { Customer: not null, Type: "purchase" }).Select(sale => sale.Customer).Distinct().Count(), totals["active_customers"].GetInt32());
            Assert.Equal(mine.Count(sale => sale.Alert), totals["alerts"].GetInt32());
            foreach (var chart in (string[])["categories", "trend", "merchants"])
                Assert.Equal(revenue, (await page.RowsAsync(chart, asked, Token)).Sum(row => row["revenue"].GetDecimal()));
            Assert.Equal(purchases, (await page.RowsAsync("amounts", asked, Token)).Where(row => row["part"].GetString() == "bin").Sum(row => row["purchases"].GetInt64()));
            Assert.Equal(
                mine.Where(sale => sale.Customer is not null).GroupBy(sale => sale.Customer).Select(c => c.Sum(sale => sale.Amount)).Where(sum => sum > 0).OrderDescending().Take(10),
                (await page.RowsAsync("customers", asked, Token)).Select(row => row["revenue"].GetDecimal()));
            Assert.Equal(mine.Count(sale => sale.Alert), (await page.RowsAsync("alerts", asked, Token)).Where(row => row["by"].GetString() == "day").Sum(row => row["alerts"].GetInt64()));
            Assert.Equal(Sales.Count(isOf), (await page.RowsAsync("hours", $"?{search}", Token)).Sum(row => row["transactions"].GetInt64()));
        }
    }

    /// <summary>One definition each: of the views of schema analysis, which the document and the notebook read.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_totals_have_alerts_alert_rate_and_active_customers_as_the_views_define_them(bool isRolledUp)
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, Sales);
        if (isRolledUp)
            await new HistoryRollup(bench.Warehouse.DataSource, TimeProvider.System).RollAllAsync(Token);
        await using var page = await HistoryAnswers.StartAsync(servers, bench.ConnectionString, Token);
        foreach (var (search, from, to) in ((string, string, string)[])[("", "-infinity", "infinity"), ("?from=2026-01-07&to=2026-01-12", "2026-01-07Z", "2026-01-12Z")])
        {
            var expected = new List<(string, long, decimal?, long)>();
            await using (var command = bench.Warehouse.DataSource.CreateCommand($"""
                select d.currency, d.alerts, d.alerts::numeric / nullif(d.scored, 0), (select count(*) from analysis.customer_value('{from}', '{to}') c where c.currency = d.currency and c.purchases > 0)
                from (select currency, sum(alerts)::bigint as alerts, sum(scored)::bigint as scored from analysis.daily('{from}', '{to}') group by 1) d
                """))
            {
                await using var reader = await command.ExecuteReaderAsync(Token);
                while (await reader.ReadAsync(Token))
                    expected.Add((reader.GetString(0), reader.GetInt64(1), await reader.IsDBNullAsync(2, Token) ? null : reader.GetDecimal(2), reader.GetInt64(3)));
            }

            Assert.Contains(expected, row => row.Item2 > 0 && row.Item4 > 0);
            Assert.Equal(
                expected.OrderBy(row => row.Item1),
                (await page.RowsAsync("totals", search, Token)).Select(row => (row["currency"].GetString()!, row["alerts"].GetInt64(),
                    row["alert_rate"].ValueKind == JsonValueKind.Null ? (decimal?)null : row["alert_rate"].GetDecimal(), row["active_customers"].GetInt64())).OrderBy(row => row.Item1));
        }
    }

    [Fact]
    public async Task The_best_customers_are_found_also_where_nobody_stands_out()
    {
        // Six hundred customers who are worth about the same, in three months: no depth proves anything before all are looked at.
        var random = new Random(3);
        var sales = Enumerable.Range(0, 1_800).Select(i => new Sale($"s{i}", 1 + i % 600, "Fuel", AnalysisBench.Begin.AddDays(i / 600 * 31).AddMinutes(i % 600), 100 + random.Next(100) / 100m)).ToList();
        await using var bench = await AnalysisBench.CreateAsync(servers, sales);
        await new HistoryRollup(bench.Warehouse.DataSource, TimeProvider.System).RollAllAsync(Token);
        await using var page = await HistoryAnswers.StartAsync(servers, bench.ConnectionString, Token);
        Assert.Equal(
            sales.GroupBy(sale => sale.Customer).Select(c => c.Sum(sale => sale.Amount)).OrderDescending().Take(10),
            (await page.RowsAsync("customers", "?currency=USD", Token)).Select(row => row["revenue"].GetDecimal()));
    }

    [Fact]
    public async Task An_answer_is_kept_for_as_long_as_nothing_changed()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, Sales);
        await using var page = await HistoryAnswers.StartAsync(servers, bench.ConnectionString, Token);
        var address = new Uri("/api/history/categories?currency=USD", UriKind.Relative);
        using var first = await page.App.Http.GetAsync(address, Token);
        Assert.Equal(HttpStatusCode.NotModified, await AgainAsync());
        await bench.ExecuteAsync("delete from dw.fact_transactions where transaction_id = 't7'");
        Assert.Equal(HttpStatusCode.OK, await AgainAsync());

        async Task<HttpStatusCode> AgainAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.IfNoneMatch.Add(new EntityTagHeaderValue(first.Headers.ETag!.Tag));
            using var answer = await page.App.Http.SendAsync(request, Token);
            return answer.StatusCode;
        }
    }

    [Theory]
    [InlineData("categories?currency=usd", "three capital letters")]
    [InlineData("categories", "currency is missing")]
    [InlineData("trend?currency=USD&from=yesterday", "from must be a day such as 2026-01-31")]
    [InlineData("trend?currency=USD&from=2026-02-01&to=2026-02-01", "from must be before to")]
    [InlineData("hours?weekday=8&hour=1", "weekday must be 1 to 7")]
    [InlineData("hours?day=1", "'day' is not known")]
    public async Task What_cannot_be_understood_is_said_in_a_sentence(string question, string sentence)
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, []);
        await using var page = await HistoryAnswers.StartAsync(servers, bench.ConnectionString, Token);
        using var answer = await page.App.Http.GetAsync(new Uri($"/api/history/{question}", UriKind.Relative), Token);
        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Contains(sentence, await answer.Content.ReadAsStringAsync(Token).ContinueWith(text => System.Text.RegularExpressions.Regex.Unescape(text.Result), TaskScheduler.Default), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_warehouse_answers_with_nothing()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers, []);
        await using var page = await HistoryAnswers.StartAsync(servers, bench.ConnectionString, Token);
        foreach (var chart in (string[])["totals", "categories", "hours", "trend", "alerts", "amounts", "merchants", "customers"])
            Assert.Empty(await page.RowsAsync(chart, chart is "totals" or "hours" ? "" : "?currency=USD", Token));
    }

    [Fact]
    public async Task A_file_has_the_numbers_as_numbers_and_names_that_are_no_formulas()
    {
        await using var bench = await AnalysisBench.CreateAsync(servers,
            [new("a", 1, "=1+1", AnalysisBench.Begin, 10.50m), new("b", 1, "Say \"hi\", now", AnalysisBench.Begin, -5m, Type: "refund"), new("c", 1, "Plain", AnalysisBench.Begin, 1_234_567.89m)]);
        await using var page = await HistoryAnswers.StartAsync(servers, bench.ConnectionString, Token);
        using var answer = await page.App.Http.GetAsync(new Uri("/api/history/categories.csv?currency=USD", UriKind.Relative), Token);
        Assert.Equal(("text/csv", "categories-USD.csv"), (answer.Content.Headers.ContentType!.MediaType, answer.Content.Headers.ContentDisposition!.FileName!.Trim('"')));
        Assert.Equal(
            "category,transactions,purchases,refunds,revenue,share\r\nPlain,1,1,0.00,1234567.89,\r\n\"'=1+1\",1,1,0.00,10.50,\r\n\"Say \"\"hi\"\", now\",1,0,5.00,-5.00,\r\n",
            await answer.Content.ReadAsStringAsync(Token));
    }

    [Theory]
    [InlineData("=SUM(A1)", "\"'=SUM(A1)\"")]
    [InlineData("+49", "\"'+49\"")]
    [InlineData("-x", "\"'-x\"")]
    [InlineData("@cmd", "\"'@cmd\"")]
    [InlineData("\tx", "\"'\tx\"")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("a\r\nb", "\"a\r\nb\"")]
    [InlineData("a=b", "a=b")]
    [InlineData("", "")]
    public void A_text_from_the_data_is_no_formula(string text, string field) => Assert.Equal(field, Csv.Field(text, ColumnKind.Text));

    [Fact]
    public void A_negative_number_stays_a_number() => Assert.Equal(["-12.30", "-5.00", "-7", "true", ""], new object?[] { -12.30m, -5m, -7L, true, null }.Select(value => Csv.Field(value, ColumnKind.Money)));
}
