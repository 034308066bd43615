using System.Runtime.InteropServices;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>What a batch adds to one row of an aggregate.</summary>
/// <param name="Minute">Of arrival: live windows count by it.</param>
internal sealed record MinuteTotal(DateTime Minute, string Category, string Currency, long Transactions, decimal Amount, long Alerts)
{
    public static IReadOnlyList<MinuteTotal> ByCategory(IEnumerable<ScoredTransaction> rows)
    {
        var totals = new Dictionary<(DateTime Minute, string Category, string Currency), (long Transactions, decimal Amount, long Alerts)>();
        foreach (var row in rows)
        {
            var key = (MinuteOf(row.Row.Event.ReceivedAt), row.Row.Category, row.Row.Event.Content.Currency);
            ref var total = ref CollectionsMarshal.GetValueRefOrAddDefault(totals, key, out _);
            total = (total.Transactions + 1, total.Amount + row.Row.Event.Content.Amount, total.Alerts + (row.Alert is null ? 0 : 1));
        }

        // Sorted, as every writer of these rows does.
        return [.. totals
            .OrderBy(total => total.Key.Minute).ThenBy(total => total.Key.Category, StringComparer.Ordinal).ThenBy(total => total.Key.Currency, StringComparer.Ordinal)
            .Select(total => new MinuteTotal(
                total.Key.Minute, total.Key.Category, total.Key.Currency, total.Value.Transactions, total.Value.Amount, total.Value.Alerts))];
    }

    /// <summary>Over all categories.</summary>
    public static IReadOnlyList<MinuteTotal> Over(IEnumerable<MinuteTotal> categories) =>
        [.. categories
            .GroupBy(total => (total.Minute, total.Currency))
            .Select(group => new MinuteTotal(
                group.Key.Minute, "", group.Key.Currency, group.Sum(total => total.Transactions), group.Sum(total => total.Amount), group.Sum(total => total.Alerts)))];

    private static DateTime MinuteOf(DateTime moment) => moment.AddTicks(-(moment.Ticks % TimeSpan.TicksPerMinute));
}
