namespace Fintech.Dashboard.Live;

/// <summary>
/// The time a viewer looks at, by arrival. Windows are cut at whole minutes, the grain of the aggregates: <c>5m</c> is the
/// minute under way and the four before it, <c>1h</c> that minute and the 59 before, <c>today</c> begins at midnight of the
/// configured zone, <c>all</c> is everything, history loaded in batches included. <c>1m</c> cannot be cut so: it is the minute under
/// way and of the one before as much as lies within the last 60 seconds, taken in proportion. It is an estimate, and says so.
/// </summary>
internal sealed class LiveWindow
{
    public static readonly LiveWindow OneMinute = new("1m");
    public static readonly LiveWindow FiveMinutes = new("5m");
    public static readonly LiveWindow Hour = new("1h");
    public static readonly LiveWindow Today = new("today");
    public static readonly LiveWindow All = new("all");

    private static readonly LiveWindow[] Every = [OneMinute, FiveMinutes, Hour, Today, All];

    private LiveWindow(string name) => Name = name;

    public string Name { get; }

    /// <summary>Counted in proportion, hence not exact.</summary>
    public bool IsEstimate => this == OneMinute;

    /// <summary>Not longer than what is read from single facts.</summary>
    public bool IsShort => this == OneMinute || this == FiveMinutes || this == Hour;

    public static LiveWindow? Find(string? name) => Array.Find(Every, window => window.Name == name);

    /// <summary>For an answer to a window nobody knows.</summary>
    public static string UnknownMessage(string? name) =>
        $"There is no window '{name}'. The windows are {string.Join(", ", Every.Select(window => window.Name))}.";

    public static DateTimeOffset MinuteOf(DateTimeOffset moment) =>
        new(moment.UtcTicks - moment.UtcTicks % TimeSpan.TicksPerMinute, TimeSpan.Zero);

    public static DateTimeOffset MidnightOf(DateTimeOffset moment, TimeZoneInfo zone)
    {
        var date = TimeZoneInfo.ConvertTime(moment, zone).Date;

        // Where the clock springs forward at midnight the day begins at the first time that exists.
        while (zone.IsInvalidTime(date))
            date = date.AddMinutes(15);

        // Where midnight comes twice the day begins at the first: the larger offset.
        var offset = zone.IsAmbiguousTime(date) ? zone.GetAmbiguousTimeOffsets(date).Max() : zone.GetUtcOffset(date);
        return new DateTimeOffset(date, offset).ToUniversalTime();
    }

    public WindowBounds BoundsAt(DateTimeOffset now, TimeZoneInfo zone)
    {
        var minute = MinuteOf(now);
        if (this == OneMinute)
            return WindowBounds.Minute(now);

        if (this == FiveMinutes)
            return WindowBounds.Of(minute.AddMinutes(-4), TimeSpan.FromMinutes(5), now);

        if (this == Hour)
            return WindowBounds.Of(minute.AddMinutes(-59), TimeSpan.FromHours(1), now);

        if (this == Today)
        {
            var midnight = MidnightOf(now, zone);
            return WindowBounds.Of(midnight, midnight - MidnightOf(midnight.AddTicks(-1), zone), now);
        }

        return new WindowBounds(DateTimeOffset.MinValue, null);
    }
}

/// <param name="From">First minute of the window.</param>
/// <param name="FromShare">How much of that minute counts.</param>
internal sealed record WindowBounds(DateTimeOffset From, PreviousBounds? Previous, decimal FromShare = 1)
{
    /// <summary>The last 60 seconds, and the 60 before.</summary>
    public static WindowBounds Minute(DateTimeOffset now)
    {
        var minute = LiveWindow.MinuteOf(now);
        var passed = (decimal)(now - minute).Ticks / TimeSpan.TicksPerMinute;
        var (from, before) = (minute.AddMinutes(-1), minute.AddMinutes(-2));
        return new WindowBounds(from, new PreviousBounds(before, from, passed, TimeSpan.FromMinutes(1), 1 - passed), 1 - passed);
    }

    public static WindowBounds Of(DateTimeOffset from, TimeSpan length, DateTimeOffset now)
    {
        // Like with like: of the window before counts as much time as has passed of this one. A day that follows a shorter one
        // may have lasted longer already: then the day before counts whole.
        var start = from - length;
        var end = now - length < from ? now - length : from;
        var edge = LiveWindow.MinuteOf(end);
        var share = (decimal)(end - edge).Ticks / TimeSpan.TicksPerMinute;
        return new WindowBounds(from, new PreviousBounds(start, edge, share, end - start));
    }
}

/// <param name="Edge">
/// The minute in which the previous window ends. It counts in proportion to the <paramref name="Share"/> of it that has
/// passed: counted whole, a window of five minutes would always look up to a fifth smaller than the one before.
/// </param>
/// <param name="FromShare">How much of its first minute counts.</param>
internal sealed record PreviousBounds(DateTimeOffset From, DateTimeOffset Edge, decimal Share, TimeSpan Length, decimal FromShare = 1);
