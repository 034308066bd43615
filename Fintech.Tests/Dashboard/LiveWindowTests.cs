using Fintech.Dashboard.Live;
using Xunit;

namespace Fintech.Tests.Dashboard;

public sealed class LiveWindowTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory]
    [InlineData("2026-03-10T14:30:00.000Z", "2026-03-10T14:26Z", "2026-03-10T14:21Z", "2026-03-10T14:25Z", 0.0)]
    [InlineData("2026-03-10T14:30:15.000Z", "2026-03-10T14:26Z", "2026-03-10T14:21Z", "2026-03-10T14:25Z", 0.25)]
    [InlineData("2026-03-10T14:30:59.994Z", "2026-03-10T14:26Z", "2026-03-10T14:21Z", "2026-03-10T14:25Z", 0.9999)]
    [InlineData("2026-03-10T00:01:30.000Z", "2026-03-09T23:57Z", "2026-03-09T23:52Z", "2026-03-09T23:56Z", 0.5)]
    public void Five_minutes_compare_with_the_same_stretch_five_minutes_ago(string now, string from, string previous, string edge, double share)
    {
        var bounds = LiveWindow.FiveMinutes.BoundsAt(DateTimeOffset.Parse(now), TimeZoneInfo.Utc);

        Assert.Equal(DateTimeOffset.Parse(from), bounds.From);
        Assert.Equal(DateTimeOffset.Parse(previous), bounds.Previous!.From);
        Assert.Equal(DateTimeOffset.Parse(edge), bounds.Previous.Edge);
        Assert.Equal((decimal)share, bounds.Previous.Share);
        Assert.Equal(DateTimeOffset.Parse(now) - bounds.From, bounds.Previous.Length);
    }

    [Theory]
    [InlineData("2026-03-10T14:30:00.000Z", 1.0, 0.0)]
    [InlineData("2026-03-10T14:30:15.000Z", 0.75, 0.25)]
    public void One_minute_is_the_last_sixty_seconds_in_proportion(string now, double fromShare, double share)
    {
        var bounds = LiveWindow.OneMinute.BoundsAt(DateTimeOffset.Parse(now), TimeZoneInfo.Utc);

        Assert.Equal((DateTimeOffset.Parse("2026-03-10T14:29Z"), (decimal)fromShare), (bounds.From, bounds.FromShare));
        Assert.Equal((DateTimeOffset.Parse("2026-03-10T14:28Z"), (decimal)fromShare), (bounds.Previous!.From, bounds.Previous.FromShare));
        Assert.Equal((bounds.From, (decimal)share, TimeSpan.FromMinutes(1)), (bounds.Previous.Edge, bounds.Previous.Share, bounds.Previous.Length));
    }

    /// <summary>In Berlin 29 March 2026 has 23 hours and 25 October 2026 has 25.</summary>
    [Theory]
    [InlineData("2026-03-29T21:30Z", "2026-03-28T23:00Z", "2026-03-27T23:00Z", "2026-03-28T21:30Z")]
    [InlineData("2026-03-30T10:00Z", "2026-03-29T22:00Z", "2026-03-28T23:00Z", "2026-03-29T11:00Z")]
    [InlineData("2026-10-25T22:30Z", "2026-10-24T22:00Z", "2026-10-23T22:00Z", "2026-10-24T22:00Z")]
    [InlineData("2026-10-26T00:00Z", "2026-10-25T23:00Z", "2026-10-24T22:00Z", "2026-10-24T23:00Z")]
    public void Today_knows_days_of_23_and_25_hours(string now, string midnight, string yesterday, string edge)
    {
        var bounds = LiveWindow.Today.BoundsAt(DateTimeOffset.Parse(now), Berlin);

        Assert.Equal(DateTimeOffset.Parse(midnight), bounds.From);
        Assert.Equal(DateTimeOffset.Parse(yesterday), bounds.Previous!.From);
        Assert.Equal(DateTimeOffset.Parse(edge), bounds.Previous.Edge);
    }

    /// <summary>In Cairo 24 April 2026 begins at 01:00, summer time having swallowed the hour before.</summary>
    [Fact]
    public void A_day_without_midnight_begins_at_its_first_minute() => Assert.Equal(
        new DateTimeOffset(2026, 4, 23, 22, 0, 0, TimeSpan.Zero),
        LiveWindow.MidnightOf(new DateTimeOffset(2026, 4, 24, 12, 0, 0, TimeSpan.Zero), TimeZoneInfo.FindSystemTimeZoneById("Africa/Cairo")));

    [Fact]
    public void All_has_nothing_before_it() => Assert.Null(LiveWindow.All.BoundsAt(DateTimeOffset.UnixEpoch, Berlin).Previous);
}
