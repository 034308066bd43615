using Npgsql;

namespace Fintech.Dashboard.Live.Filters;

/// <summary>Single transactions that passed a filter: the newest for the list, a sample of five minutes and every alert for the chart.</summary>
internal sealed class FilteredRows
{
    public const int MostLatest = 20;

    private readonly Dictionary<(string, string), DateTimeOffset> sampled = [];
    private List<(DateTimeOffset ReceivedAt, TransactionItem Item)> newest = [];

    public PointRing Points { get; } = new();

    public IReadOnlyList<AlertItem> Alerts { get; private set; } = [];

    public IReadOnlyList<TransactionItem> Latest => [.. newest.Select(row => row.Item)];

    /// <param name="row">A row of <c>filtered_rows.sql</c>.</param>
    public void Add(NpgsqlDataReader row, DateTimeOffset now)
    {
        var receivedAt = row.GetFieldValue<DateTimeOffset>(3);
        var item = new TransactionItem(
            row.GetString(0), row.GetFieldValue<DateTimeOffset>(2), row.GetDecimal(4), row.GetString(5), row.GetString(6), row.GetString(7), row.GetInt64(8), row.GetBoolean(9));
        newest.Add((receivedAt, item));
        if (!item.Alert && now - receivedAt <= PointRing.Span && sampled.TryAdd((item.Id, row.GetString(1)), receivedAt))
            Points.AddSample(new AmountPoint(item.Id, receivedAt, item.Amount, item.Currency, item.Category, Alert: false, item.Merchant, item.CustomerId), receivedAt);
    }

    public void AddAlert(AlertItem alert, DateTimeOffset receivedAt, DateTimeOffset now) => Points.AddAlert(
        (alert.Id, alert.SourceSystem),
        new AmountPoint(alert.Id, receivedAt, alert.Amount, alert.Currency, alert.Category, Alert: true, alert.Merchant, alert.CustomerId), alert.CommittedAt, now);

    /// <summary>A reading is complete: what is old or too much goes.</summary>
    public void Settle(IReadOnlyList<AlertItem> alerts, bool onlyAlerts, DateTimeOffset now)
    {
        Alerts = [.. alerts.Take(50)];
        if (onlyAlerts)
            newest = [.. alerts.Select(alert => (alert.CommittedAt, Row(alert)))];
        newest =
        [
            .. newest.OrderByDescending(row => row.ReceivedAt).ThenBy(row => row.Item.Id, StringComparer.Ordinal)
                .DistinctBy(row => row.Item.Id).Take(MostLatest),
        ];
        Points.Trim(now);
        foreach (var key in sampled.Where(held => now - held.Value > PointRing.Span).Select(held => held.Key).ToList())
            sampled.Remove(key);
    }

    private static TransactionItem Row(AlertItem alert) =>
        new(alert.Id, alert.OccurredAt, alert.Amount, alert.Currency, alert.Merchant, alert.Category, alert.CustomerId, Alert: true);
}
