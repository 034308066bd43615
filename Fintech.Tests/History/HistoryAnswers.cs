using System.Globalization;
using System.Net;
using System.Text.Json;
using Fintech.Analysis.Figures;
using Fintech.Analysis.Warehouse;
using Fintech.Tests.Dashboard;
using StackExchange.Redis;
using Xunit;

namespace Fintech.Tests.History;

/// <summary>A dashboard on somebody's warehouse, asked for its history.</summary>
internal sealed class HistoryAnswers(DashboardApp app, IConnectionMultiplexer redis) : IAsyncDisposable
{
    public DashboardApp App => app;

    public static async Task<HistoryAnswers> StartAsync(Servers servers, string warehouse, CancellationToken cancellationToken)
    {
        var redis = await servers.ConnectRedisAsync();
        return new(await DashboardApp.StartAsync(warehouse, redis.Configuration, cancellationToken), redis);
    }

    /// <summary>Rows by the names of their columns.</summary>
    public async Task<List<Dictionary<string, JsonElement>>> RowsAsync(string chart, string search, CancellationToken cancellationToken)
    {
        var table = await TableAsync(chart, search, cancellationToken);
        var names = table.GetProperty("columns").EnumerateArray().Select(column => column.GetProperty("name").GetString()!).ToList();
        return [.. table.GetProperty("rows").EnumerateArray().Select(row => names.Zip(row.EnumerateArray()).ToDictionary(cell => cell.First, cell => cell.Second))];
    }

    public async Task<JsonElement> TableAsync(string chart, string search, CancellationToken cancellationToken)
    {
        using var answer = await app.Http.GetAsync(new Uri($"/api/history/{chart}{search}", UriKind.Relative), cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{chart}{search} answered {answer.StatusCode}: {text}");
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    /// <summary>Every number of the page that the document has, too, to the cent.</summary>
    public async Task AssertSameAsync(AnalysisData data, Period period, CancellationToken cancellationToken)
    {
        var range = string.Join('&', new[] { ("from", period.From), ("to", period.To) }.Where(end => end.Item2 is not null)
            .Select(end => $"{end.Item1}={end.Item2!.Value.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture)}"));
        var totals = await RowsAsync("totals", $"?{range}", cancellationToken);
        Assert.Equal(
            data.Totals.Select(t => (t.Currency, t.Transactions, t.Purchases, t.Sales, t.Refunds, t.Revenue, t.Scored, t.FirstHour, t.LastHour)),
            totals.Select(t => (t["currency"].GetString()!, t["transactions"].GetInt64(), t["purchases"].GetInt64(), t["sales"].GetDecimal(), t["refunds"].GetDecimal(), t["revenue"].GetDecimal(),
                t["scored"].GetInt64(), t["first_hour"].GetDateTimeOffset(), t["last_hour"].GetDateTimeOffset())));
        foreach (var row in totals)
        {
            var (currency, scored) = (row["currency"].GetString(), row["scored"].GetInt64());
            var alerts = data.Alerts.All("alerts", RowJson.Default.AlertTotal).FirstOrDefault(a => a.Currency == currency)?.Alerts ?? 0;
            Assert.Equal((alerts, data.Customers.All("summary", RowJson.Default.CustomerSummary).FirstOrDefault(c => c.Currency == currency)?.Active ?? 0), (row["alerts"].GetInt64(), row["active_customers"].GetInt64()));
            Assert.Equal(scored == 0 ? (decimal?)null : decimal.Round((decimal)alerts / scored, 6), row["alert_rate"].ValueKind == JsonValueKind.Null ? (decimal?)null : decimal.Round(row["alert_rate"].GetDecimal(), 6));
        }

        Assert.Equal(
            data.Activity.All("hour", RowJson.Default.HourOfWeek).Select(h => (h.Weekday, h.Hour, h.Transactions)).Order(),
            (await RowsAsync("hours", $"?{range}", cancellationToken)).Select(h => (h["weekday"].GetInt32(), h["hour"].GetInt32(), h["transactions"].GetInt64())).Where(h => h.Item3 > 0).Order());

        foreach (var currency in data.Totals.Select(total => total.Currency))
        {
            var search = $"?{range}&currency={currency}";
            Assert.Equal(
                data.Activity.All("category", RowJson.Default.CategoryRevenue).Where(c => c.Currency == currency).Select(c => (c.Category, c.Transactions, c.Purchases, c.Refunds, c.Revenue)).Order(),
                (await RowsAsync("categories", search, cancellationToken)).Select(c => (c["category"].GetString()!, c["transactions"].GetInt64(), c["purchases"].GetInt64(), c["refunds"].GetDecimal(), c["revenue"].GetDecimal())).Order());
            Assert.Equal(
                data.Activity.All("trend", RowJson.Default.TrendPoint).Where(p => p.Currency == currency).Select(p => (p.At, p.Transactions, p.Revenue)).Order(),
                (await RowsAsync("trend", search, cancellationToken)).Where(p => p["transactions"].GetInt64() > 0)
                    .Select(p => (new DateTimeOffset(DateTime.Parse(p["at"].GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal), TimeSpan.Zero), p["transactions"].GetInt64(), p["revenue"].GetDecimal())).Order());

            var amounts = await RowsAsync("amounts", search, cancellationToken);
            Assert.Equal(
                data.Amounts.All("quantile", RowJson.Default.Quantile).Where(q => q.Currency == currency).Select(q => (q.P, q.Amount)).Order(),
                amounts.Where(row => row["part"].GetString() == "quantile" && row["key"].GetDecimal() > 0).Select(row => (row["key"].GetDecimal(), row["amount"].GetDecimal())).Order());
            Assert.Equal(
                data.Amounts.All("bin", RowJson.Default.AmountBin).Where(b => b.Currency == currency).Select(b => (b.Bin, b.Purchases, b.Sales)).Order(),
                amounts.Where(row => row["part"].GetString() == "bin").Select(row => (row["key"].GetInt32(), row["purchases"].GetInt64(), row["amount"].GetDecimal())).Order());
            Assert.Equal(
                data.Customers.All("top", RowJson.Default.TopCustomer).Where(t => t.Currency == currency).OrderBy(t => t.Rank).Select(t => (t.Customer, t.Purchases, t.Revenue)),
                (await RowsAsync("customers", search, cancellationToken)).Select(c => (c["customer"].GetString()!, c["purchases"].GetInt64(), c["revenue"].GetDecimal())));

            var alerts = await RowsAsync("alerts", search, cancellationToken);
            var total = data.Alerts.All("alerts", RowJson.Default.AlertTotal).FirstOrDefault(a => a.Currency == currency);
            var days = alerts.Where(row => row["by"].GetString() == "day").ToList();
            Assert.Equal((total?.Alerts ?? 0, total?.Amount ?? 0, total?.Confirmed ?? 0, total?.Dismissed ?? 0),
                (days.Sum(d => d["alerts"].GetInt64()), days.Sum(d => d["amount"].GetDecimal()), days.Sum(d => d["confirmed"].GetInt64()), days.Sum(d => d["dismissed"].GetInt64())));
            Assert.Equal(
                data.Alerts.All("hit", RowJson.Default.RuleHits).Where(h => h.Currency == currency).Select(h => (h.Rule, h.Alerts, h.Amount)).Order(),
                alerts.Where(row => row["by"].GetString() == "rule").Select(row => (row["name"].GetString()!, row["alerts"].GetInt64(), row["amount"].GetDecimal())).Order());
        }
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await redis.DisposeAsync();
    }
}
