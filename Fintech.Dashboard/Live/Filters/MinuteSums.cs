namespace Fintech.Dashboard.Live.Filters;

/// <summary>A minute of arrival, added up by merchant and currency. Once read it is not changed.</summary>
/// <param name="Counted">What the aggregates counted of the minute when it was read, filter or not.</param>
internal sealed record MinuteSums(DateTimeOffset Minute, MinuteCounts Counted, IReadOnlyList<MerchantSums> Merchants);

internal readonly record struct MinuteCounts(long Transactions, long Alerts);

internal readonly record struct MerchantSums(string Merchant, string Category, string Currency, long Transactions, decimal Amount, long Alerts);

/// <summary>
/// The minutes of facts that one filter has met. A minute is read once, and again only where the aggregates count something else of
/// it than when it was read: nothing is assumed about order or lag. What may be read back into the past at once is limited by rows,
/// which the aggregates tell beforehand; so a long window fills step by step, newest first, and a heavy one stays shorter and says so.
/// </summary>
internal sealed class MinuteMemory
{
    /// <summary>Rows in the minutes of one reading; one minute is always read.</summary>
    private const long MostRowsAtOnce = 400_000;

    /// <summary>Rows read of minutes that had passed before anybody asked.</summary>
    private const long MostRowsBehind = 5_000_000;

    private const int MostSums = 200_000;

    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(2);

    private readonly SortedDictionary<DateTimeOffset, MinuteSums> minutes = [];
    private Dictionary<DateTimeOffset, MinuteCounts> counts = [];
    private long readBehind;

    /// <summary>The newest stretch that has to be read, null where all is as it was.</summary>
    public (DateTimeOffset From, DateTimeOffset To)? Choose(Dictionary<DateTimeOffset, MinuteCounts> counted, DateTimeOffset from, DateTimeOffset now)
    {
        counts = counted;
        foreach (var old in minutes.Keys.Where(minute => minute < from).ToList())
            minutes.Remove(old);

        DateTimeOffset? oldest = null, newest = null;
        var rows = 0L;
        for (var minute = LiveWindow.MinuteOf(now).AddMinutes(1); minute >= from; minute = minute.AddMinutes(-1))
        {
            if (Holds(minute))
            {
                if (newest is not null)
                    break;
                continue;
            }

            var here = counts.GetValueOrDefault(minute).Transactions;
            var behind = now - minute > Fresh;
            if (newest is not null && rows + here > MostRowsAtOnce || behind && readBehind + here > MostRowsBehind)
                break;

            newest ??= minute;
            oldest = minute;
            rows += here;
            readBehind += behind ? here : 0;
        }

        return newest is null ? null : (oldest!.Value, newest.Value.AddMinutes(1));
    }

    public void Keep(DateTimeOffset from, DateTimeOffset to, ILookup<DateTimeOffset, MerchantSums> read)
    {
        for (var minute = from; minute < to; minute = minute.AddMinutes(1))
        {
            if (counts.TryGetValue(minute, out var counted))
                minutes[minute] = new MinuteSums(minute, counted, Merged(read[minute]));
        }

        while (minutes.Count > 2 && minutes.Values.Sum(minute => minute.Merchants.Count) > MostSums)
            minutes.Remove(minutes.First().Key);
    }

    /// <summary>The newest minutes without a gap, oldest first, and since when there is none.</summary>
    public (IReadOnlyList<MinuteSums> Minutes, DateTimeOffset Since) Known(DateTimeOffset from, DateTimeOffset now)
    {
        var known = new List<MinuteSums>();
        var minute = LiveWindow.MinuteOf(now).AddMinutes(1);
        for (; minute >= from && Remembers(minute); minute = minute.AddMinutes(-1))
        {
            if (minutes.TryGetValue(minute, out var sums))
                known.Add(sums);
        }

        known.Reverse();
        return (known, minute.AddMinutes(1));
    }

    private bool Holds(DateTimeOffset minute) =>
        !counts.TryGetValue(minute, out var counted) || minutes.TryGetValue(minute, out var known) && known.Counted == counted;

    /// <summary>Also where it has grown since: then it is as old as the reading.</summary>
    private bool Remembers(DateTimeOffset minute) => !counts.ContainsKey(minute) || minutes.ContainsKey(minute);

    private static IReadOnlyList<MerchantSums> Merged(IEnumerable<MerchantSums> parts) =>
    [
        .. parts.GroupBy(part => (part.Merchant, part.Category, part.Currency)).Select(same => new MerchantSums(
            same.Key.Merchant, same.Key.Category, same.Key.Currency,
            same.Sum(part => part.Transactions), same.Sum(part => part.Amount), same.Sum(part => part.Alerts))),
    ];
}
