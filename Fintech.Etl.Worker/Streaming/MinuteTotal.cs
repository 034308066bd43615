namespace Fintech.Etl.Worker.Streaming;

/// <summary>What a batch adds to one row of an aggregate.</summary>
/// <param name="Minute">Of arrival: live windows count by it.</param>
internal sealed record MinuteTotal(DateTime Minute, string Category, string Currency, long Transactions, decimal Amount, long Alerts)
{
    public static IReadOnlyList<MinuteTotal> ByCategory(IEnumerable<ScoredTransaction> rows) => Group(rows, row => row.Row.Category);

    /// <summary>Over all categories.</summary>
    public static IReadOnlyList<MinuteTotal> Of(IEnumerable<ScoredTransaction> rows) => Group(rows, _ => "");

    private static List<MinuteTotal> Group(IEnumerable<ScoredTransaction> rows, Func<ScoredTransaction, string> category) =>
        [.. rows
            .GroupBy(row => (Minute: MinuteOf(row.Row.Event.ReceivedAt), Category: category(row), row.Row.Event.Content.Currency))
            .Select(group => new MinuteTotal(
                group.Key.Minute,
                group.Key.Category,
                group.Key.Currency,
                group.Count(),
                group.Sum(row => row.Row.Event.Content.Amount),
                group.Count(row => row.Alert is not null)))];

    private static DateTime MinuteOf(DateTime moment) => moment.AddTicks(-(moment.Ticks % TimeSpan.TicksPerMinute));
}
