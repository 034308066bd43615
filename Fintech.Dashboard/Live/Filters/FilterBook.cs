using System.Collections.Concurrent;

namespace Fintech.Dashboard.Live.Filters;

/// <summary>The filters that somebody looks through, and what was last read of each. No filter is one of them: the merchants come that way.</summary>
internal sealed class FilterBook
{
    /// <summary>Different ones at a time, in all browsers together.</summary>
    public const int MostFilters = 24;

    /// <summary>A page that reloads, or a filter switched off and on, finds what was read.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<LiveFilter, FilterEntry> entries = new();

    public static string TooManyMessage => $"{MostFilters} different filters are being looked through already; try again when another page has closed.";

    public bool Admits(LiveFilter filter) => entries.ContainsKey(filter) || entries.Count < MostFilters;

    public FilterEntry? Find(LiveFilter filter) => entries.GetValueOrDefault(filter);

    /// <summary>Notes what is wanted now, and forgets what nobody wants any more.</summary>
    public void Want(IReadOnlyCollection<LiveView> views, DateTimeOffset now)
    {
        foreach (var same in views.GroupBy(view => view.Filter))
        {
            var entry = entries.GetOrAdd(same.Key, static filter => new FilterEntry(filter));
            entry.Want(same.Any(view => view.Window != LiveWindow.OneMinute && view.Window != LiveWindow.FiveMinutes), now);
        }

        foreach (var (filter, entry) in entries)
        {
            if (now - entry.WantedAt > Kept)
                entries.TryRemove(filter, out _);
        }
    }

    /// <summary>The one that waits longest; null when none is due.</summary>
    public FilterEntry? Due(DateTimeOffset now) => entries.Values.Where(entry => entry.DueAt <= now).MinBy(entry => entry.DueAt);
}

/// <summary>One filter. Written by the service alone; the reading is what others may look at.</summary>
internal sealed class FilterEntry(LiveFilter filter)
{
    private const long MostFirstRows = 300_000;
    private static readonly TimeSpan LeastReach = TimeSpan.FromSeconds(15);

    private volatile FilterReading? reading;
    private bool wantsHour;

    public LiveFilter Filter => filter;

    public FilterReading? Reading
    {
        get => reading;
        set => reading = value;
    }

    public MinuteMemory Minutes { get; } = new();

    public FilteredRows Rows { get; } = new();

    public DateTimeOffset? RowsUpTo { get; set; }

    /// <summary>How far back the first reading of rows goes; from then on they are read as they come.</summary>
    public TimeSpan RowsReach { get; private set; } = PointRing.Span;

    /// <summary>No further than so many rows lie, of which the aggregates know.</summary>
    public void Reach(Dictionary<DateTimeOffset, MinuteCounts> counts, DateTimeOffset now)
    {
        var rows = 0L;
        for (var minute = LiveWindow.MinuteOf(now); now - minute < RowsReach; minute = minute.AddMinutes(-1))
        {
            rows += counts.GetValueOrDefault(minute).Transactions;
            if (rows > MostFirstRows && now - minute > LeastReach)
                RowsReach = now - minute;
        }
    }

    /// <returns>Whether a shorter reach may do where the last took too long.</returns>
    public bool ReachLess()
    {
        if (RowsUpTo is not null || RowsReach <= LeastReach)
            return false;

        RowsReach = RowsReach / 4 > LeastReach ? RowsReach / 4 : LeastReach;
        return true;
    }

    public FilterRate Rate { get; } = new();

    public DateTimeOffset DueAt { get; set; } = DateTimeOffset.MinValue;

    public DateTimeOffset WantedAt { get; private set; }

    public void Want(bool hour, DateTimeOffset now) => (wantsHour, WantedAt) = (hour, now);

    /// <summary>How far back the minutes go: the window, the one before it, and the lines of the figures.</summary>
    public DateTimeOffset Horizon(DateTimeOffset now) =>
        LiveWindow.MinuteOf(now).AddMinutes(!wantsHour ? -14 : filter.IsNone ? -59 : -119);
}

/// <summary>Transactions per second of one filter, over ten seconds or as much of them as was read.</summary>
internal sealed class FilterRate
{
    public static readonly TimeSpan Span = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(2);

    private DateTimeOffset countedAt;

    public double PerSecond { get; private set; }

    public void Counted(long transactions, DateTimeOffset from, DateTimeOffset now)
    {
        var span = now - from < Span ? now - from : Span;
        if (span >= Least)
            PerSecond = transactions / span.TotalSeconds;
        countedAt = now;
    }

    /// <summary>Nothing has come since it was counted.</summary>
    public void Quiet(DateTimeOffset now)
    {
        if (now - countedAt >= Span)
            PerSecond = 0;
    }
}
