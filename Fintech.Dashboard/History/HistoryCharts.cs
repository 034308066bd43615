using System.Globalization;
using Fintech.Analysis.Charts;
using Fintech.Analysis.Document;
using Fintech.Analysis.Figures;
using Npgsql;

namespace Fintech.Dashboard.History;

/// <summary>The charts of the page that go by category and by hour. What they find is worded by the document's own sentences.</summary>
internal sealed class HistoryCharts(HistoryReader reader)
{
    /// <summary>Of each currency; the only answer that has several.</summary>
    public async Task<HistoryTable> TotalsAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        var reading = reader.ReadAsync("totals", query, Total, cancellationToken);
        var counting = reader.ReadAsync(query.Merchant is not null || query.IsOfCell ? "active_narrowed" : "active", query,
            row => (Currency: row.GetString(0), Customers: row.GetInt64(1)), cancellationToken);
        await Task.WhenAll(reading, counting);
        var (totals, active) = (await reading, (await counting).ToDictionary(row => row.Currency, row => row.Customers));
        return new(null, [],
        [
            new("currency", "Currency", ColumnKind.Text), new("transactions", "Transactions", ColumnKind.Count), new("purchases", "Purchases", ColumnKind.Count),
            new("sales", "Sales", ColumnKind.Number), new("refunds", "Refunds", ColumnKind.Number), new("revenue", "Revenue", ColumnKind.Number),
            new("scored", "Scored", ColumnKind.Count), new("first_hour", "First hour, UTC", ColumnKind.Text), new("last_hour", "Last hour, UTC", ColumnKind.Text),
            new("alerts", "Alerts", ColumnKind.Count), new("alert_rate", "Alerts by scored transaction", ColumnKind.Share), new("active_customers", "Active customers", ColumnKind.Count),
        ],
        [
            .. totals.Select(t => new object?[]
            {
                t.Sums.Currency, t.Sums.Transactions, t.Sums.Purchases, t.Sums.Sales, t.Sums.Refunds, t.Sums.Revenue, t.Sums.Scored, Moment(t.Sums.FirstHour), Moment(t.Sums.LastHour),
                t.Alerts, t.Rate, active.GetValueOrDefault(t.Sums.Currency),
            }),
        ]);
    }

    public async Task<HistoryTable> CategoriesAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        var currency = query.Currency!;
        var categories = await reader.ReadAsync("categories", query,
            row => new CategoryRevenue(currency, row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetDecimal(3), row.GetDecimal(4)), cancellationToken);
        var total = new CurrencyTotal(
            currency, categories.Sum(c => c.Transactions), categories.Sum(c => c.Purchases), categories.Sum(c => c.Revenue + c.Refunds), categories.Sum(c => c.Refunds),
            categories.Sum(c => c.Revenue), 0, default, default);
        var shares = total.Revenue > 0 && categories.All(c => c.Revenue >= 0);
        return new(
            // Of one category there is nothing to be found among categories.
            categories.Count == 0 || query.Category is not null ? null : CategoriesSection.Headline(total, categories),
            categories.Count == 0 ? [] : [.. CategoriesSection.Sentences(total, categories, query.IsNarrowed)],
            [
                new("category", "Category", ColumnKind.Text), new("transactions", "Transactions", ColumnKind.Count), new("purchases", "Purchases", ColumnKind.Count),
                new("refunds", "Refunds", ColumnKind.Money), new("revenue", "Revenue", ColumnKind.Money), new("share", "Share of revenue", ColumnKind.Share),
            ],
            [.. categories.Select(c => new object?[] { c.Category, c.Transactions, c.Purchases, c.Refunds, c.Revenue, shares ? decimal.Round(c.Revenue / total.Revenue, 6) : null })]);
    }

    /// <summary>Of all currencies: transactions, not amounts.</summary>
    public async Task<HistoryTable> HoursAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        var rows = await reader.ReadAsync("hours", query,
            row => (Cell: new HourOfWeek(row.GetInt32(0), row.GetInt32(1), row.GetInt64(2)), First: Hour(row, 3), Last: Hour(row, 4), InFirst: Number(row, 5), InLast: Number(row, 6),
                FirstDay: Day(row, 7), LastDay: Day(row, 8)), cancellationToken);
        HistoryColumn[] columns =
        [
            new("weekday", "Weekday, 1 = Monday", ColumnKind.Number), new("hour", "Hour, UTC", ColumnKind.Number), new("transactions", "Transactions", ColumnKind.Count),
            new("weeks", "Weeks", ColumnKind.Count), new("average", "On average", ColumnKind.Number),
        ];
        if (rows.Count == 0)
            return new(null, [], columns, []);

        var week = new HoursOfWeek(
            rows.Select(row => row.Cell), new Edges(rows[0].First, rows[0].Last, rows.Sum(row => row.InFirst), rows.Sum(row => row.InLast), rows[0].FirstDay, rows[0].LastDay), new(At(query.From), At(query.To)));
        var single = query.IsOfCell;
        return new(single ? null : week.Headline(), single ? [] : [.. week.Sentences()], columns,
        [
            .. from day in Enumerable.Range(1, 7)
               from hour in Enumerable.Range(0, 24)
               where (week.Average(day, hour) is not null || week.Transactions(day, hour) > 0) && (query.Weekday ?? day) == day && (query.Hour ?? hour) == hour
               select new object?[] { day, hour, week.Transactions(day, hour), week.Hours(day, hour), week.Average(day, hour) is { } average ? decimal.Round((decimal)average, 3) : null },
        ]);
    }

    public async Task<HistoryTable> TrendAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        var currency = query.Currency!;
        var rows = await reader.ReadAsync("trend", query,
            row => (Point: new TrendPoint(currency, row.GetBoolean(3), Hour(row, 0), row.GetInt64(1), row.GetDecimal(2)), First: Hour(row, 4), Last: Hour(row, 5)), cancellationToken);
        HistoryColumn[] columns =
        [
            new("at", rows is [{ Point.ByHour: true }, ..] ? "Hour, UTC" : "Day, UTC", ColumnKind.Text), new("transactions", "Transactions", ColumnKind.Count),
            new("revenue", "Revenue", ColumnKind.Money), new("whole", "Whole", ColumnKind.Flag),
        ];
        if (rows.Count == 0)
            return new(null, [], columns, []);

        var trend = new Trend(currency, [.. rows.Select(row => row.Point)], rows[0].First, rows[0].Last, query.Weekday, query.Hour);
        return new(trend.Headline(), [.. trend.Sentences()], columns,
            [.. trend.Steps.Select(step => new object?[] { trend.ByHour ? Moment(step.At) : step.At.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), step.Transactions, step.Revenue, step.Whole })]);
    }

    public async Task<HistoryTable> AlertsAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        var rows = await reader.ReadAsync("alerts", query,
            row => (Part: row.GetString(0), Name: row.GetString(1), Alerts: row.GetInt64(2), Amount: row.GetDecimal(3), Confirmed: row.GetInt64(4), Dismissed: row.GetInt64(5), Open: row.GetInt64(6)),
            cancellationToken);
        var days = rows.Where(row => row.Part == "day").ToList();
        var (alerts, confirmed, dismissed) = (days.Sum(day => day.Alerts), days.Sum(day => day.Confirmed), days.Sum(day => day.Dismissed));
        var headline = alerts == 0 ? null
            : confirmed + dismissed == 0 ? alerts == 1 ? "The only alert has not been decided" : $"None of {Format.Count(alerts, "alert")} has been decided"
            : confirmed + dismissed == 1 ? $"The only decided alert was {(confirmed == 1 ? "confirmed as fraud" : "dismissed")}"
            : $"{Format.Share(confirmed, confirmed + dismissed)} of the {Format.Count(confirmed + dismissed, "decided alert")} were confirmed as fraud";
        var open = alerts - confirmed - dismissed;
        return new(headline, alerts == 0 ? [] : [$"{Format.Count(open)} of {Format.Count(alerts, "alert")} {(open == 1 ? "is" : "are")} open. An alert that several rules raised counts for each of them."],
        [
            new("by", "By", ColumnKind.Text), new("name", "Day or rule", ColumnKind.Text), new("alerts", "Alerts", ColumnKind.Count), new("amount", "Amount", ColumnKind.Money),
            new("confirmed", "Confirmed", ColumnKind.Count), new("dismissed", "Dismissed", ColumnKind.Count), new("open", "Open", ColumnKind.Count),
        ],
        [.. rows.Select(row => new object?[] { row.Part, row.Name, row.Alerts, row.Amount, row.Confirmed, row.Dismissed, row.Open })]);
    }

    private static (CurrencyTotal Sums, long Alerts, decimal? Rate) Total(NpgsqlDataReader row) => (
        new(row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetDecimal(3), row.GetDecimal(4), row.GetDecimal(5), row.GetInt64(6), Hour(row, 7), Hour(row, 8)),
        row.GetInt64(9), row.IsDBNull(10) ? null : row.GetDecimal(10));

    private static long Number(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? 0 : row.GetInt64(column);

    private static DateOnly? Day(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateOnly>(column);

    private static DateTimeOffset? At(DateTime? moment) => moment is { } at ? new DateTimeOffset(at, TimeSpan.Zero) : null;

    private static DateTimeOffset Hour(NpgsqlDataReader row, int column) => new(row.GetDateTime(column), TimeSpan.Zero);

    private static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
