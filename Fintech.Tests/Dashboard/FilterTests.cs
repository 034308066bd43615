using Fintech.Dashboard.Live;
using Fintech.Dashboard.Live.Filters;
using Xunit;

namespace Fintech.Tests.Dashboard;

public sealed class FilterTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 10, 14, 30, 15, TimeSpan.Zero);
    private static readonly DateTimeOffset Minute = new(2026, 3, 10, 14, 30, 0, TimeSpan.Zero);

    [Fact]
    public void Filters_put_together_in_another_order_are_one()
    {
        var one = LiveFilter.Parse(new FilterRequest(["Travel", "Fuel"], Customers: [7, 3]), out _);
        var other = LiveFilter.Parse(new FilterRequest(["Fuel", "Travel", "Fuel"], [], [3, 7]), out _);

        Assert.Equal(one, other);
        Assert.Equal(one!.GetHashCode(), other!.GetHashCode());
        Assert.NotEqual(one, LiveFilter.Parse(new FilterRequest(Merchants: ["Travel", "Fuel"], Customers: [7, 3]), out _));
        Assert.Same(LiveFilter.None, LiveFilter.Parse(new FilterRequest(), out _));
        Assert.Same(LiveFilter.None, LiveFilter.Parse(null, out _));
    }

    public static TheoryData<FilterRequest, string> Refused => new()
    {
        { new FilterRequest(Customers: [1, 2, 3, 4, 5, 6, 7, 8, 9]), "A filter names at most 8 categories, merchants and customers together." },
        { new FilterRequest([" "]), "A category or merchant in a filter has 1 to 100 characters, none of them a control character." },
        { new FilterRequest(Merchants: [new string('x', 101)]), "A category or merchant in a filter has 1 to 100 characters, none of them a control character." },
        { new FilterRequest(["a\u001fb"]), "A category or merchant in a filter has 1 to 100 characters, none of them a control character." },
        { new FilterRequest(Customers: [-1]), "A customer in a filter is a number from 0 up." },
        { new FilterRequest(AtLeast: 2, AtMost: 1), "The smallest amount of a filter must not exceed the largest." },
        { new FilterRequest(AtMost: 1e20m), "An amount in a filter has at most twelve digits before the point." },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_cannot_be_a_filter_is_refused_in_a_sentence(FilterRequest request, string sentence)
    {
        Assert.Null(LiveFilter.Parse(request, out var fault));
        Assert.Equal(sentence, fault);
    }

    [Fact]
    public void A_minute_is_read_again_only_when_the_aggregates_count_something_else()
    {
        var memory = new MinuteMemory();
        var from = Minute.AddMinutes(-4);
        var counts = Enumerable.Range(-4, 5).ToDictionary(i => Minute.AddMinutes(i), _ => new MinuteCounts(10, 0));

        Assert.Equal((from, Minute.AddMinutes(1)), memory.Choose(counts, from, Now));
        Keep(memory, from, Minute.AddMinutes(1));
        Assert.Null(memory.Choose(counts, from, Now));

        // One that comes late changes a minute long past, and only that is read.
        counts = new(counts) { [Minute.AddMinutes(-3)] = new MinuteCounts(11, 0) };
        Assert.Equal((Minute.AddMinutes(-3), Minute.AddMinutes(-2)), memory.Choose(counts, from, Now));
        Assert.Equal(from, memory.Known(from, Now).Since);
    }

    [Fact]
    public void A_long_stretch_is_read_newest_first_and_a_heavy_one_only_as_far_as_its_budget()
    {
        var memory = new MinuteMemory();
        var from = Minute.AddMinutes(-59);
        var counts = Enumerable.Range(-59, 60).ToDictionary(i => Minute.AddMinutes(i), _ => new MinuteCounts(600_000, 6_000));

        var read = new List<(DateTimeOffset From, DateTimeOffset To)>();
        while (memory.Choose(counts, from, Now) is { } stretch)
        {
            read.Add(stretch);
            Keep(memory, stretch.From, stretch.To);
        }

        // The minute under way and the two before, which are young, and then five million rows.
        Assert.Equal(Minute, read[0].From);
        Assert.All(read, stretch => Assert.Equal(TimeSpan.FromMinutes(1), stretch.To - stretch.From));
        Assert.Equal(2 + 8, read.Count);
        Assert.Equal(read[^1].From, memory.Known(from, Now).Since);
    }

    [Fact]
    public void One_minute_takes_of_the_minute_before_what_lies_in_the_last_sixty_seconds()
    {
        var reading = new FilterReading(
            Now, Minute.AddMinutes(-14), [At(-2, 100), At(-1, 40), At(0, 5)], 0, [], [], null);

        var figures = reading.Of(LiveWindow.OneMinute);

        // A quarter of the minute has passed: three quarters of 40, and 5; before that three quarters of 100 and a quarter of 40.
        Assert.Equal((35L, 85L), (figures.Sums.Transactions, figures.Previous!.Transactions));
        Assert.Equal([new Money("USD", 35.00m)], figures.Sums.Value);
        Assert.Equal(("Corner Cafe", 35L), (figures.Merchants.Single().Merchant, figures.Merchants.Single().Transactions));
    }

    [Fact]
    public void Figures_that_were_not_read_for_all_of_the_window_say_since_when_they_count()
    {
        var reading = new FilterReading(Now, Minute.AddMinutes(-9), [At(-9, 7), At(0, 5)], 0, [], [], null);

        Assert.Equal((12L, Minute.AddMinutes(-9)), (reading.Of(LiveWindow.Hour).Sums.Transactions, reading.Of(LiveWindow.Hour).Since));
        Assert.Null(reading.Of(LiveWindow.Hour).Previous);
        Assert.Null(reading.Of(LiveWindow.FiveMinutes).Since);
        Assert.Equal(7, reading.Of(LiveWindow.FiveMinutes).Previous!.Transactions);
    }

    [Fact]
    public void A_flood_of_alerts_is_thinned_evenly_over_the_chart_and_does_not_come_back()
    {
        var points = new PointRing();
        for (var second = 0; second < 300; second++)
        {
            for (var i = 0; i < 100; i++)
                Add(second, i);
            points.Trim(Now.AddSeconds(second));
        }

        var held = points.All().Points;
        Assert.InRange(held.Count, 400, PointRing.MaxAlerts);
        var thirds = Enumerable.Range(0, 3).Select(third => held.Count(point => (int)(point.At - Now).TotalSeconds / 100 == third)).ToArray();
        Assert.True(thirds.Max() < thirds.Min() * 1.5, $"{string.Join(", ", thirds)} alerts in the thirds of five minutes");

        // Read again, as the overlap of readings does: what was left out is not new.
        for (var i = 0; i < 100; i++)
            Add(299, i);
        Assert.Equal(held.Count, points.All().Points.Count);

        void Add(int second, int i)
        {
            var at = Now.AddSeconds(second);
            points.AddAlert(($"a-{second}-{i}", "stream"), new AmountPoint($"a-{second}-{i}", at, 4_500m, "USD", "Luxury", true), at, at);
        }
    }

    private static MinuteSums At(int minute, long transactions) =>
        new(Minute.AddMinutes(minute), new(transactions, 0), [new("Corner Cafe", "Restaurants", "USD", transactions, transactions * 1.00m, 0)]);

    private static void Keep(MinuteMemory memory, DateTimeOffset from, DateTimeOffset to) =>
        memory.Keep(from, to, Array.Empty<(DateTimeOffset Minute, MerchantSums Sums)>().ToLookup(part => part.Minute, part => part.Sums));
}
