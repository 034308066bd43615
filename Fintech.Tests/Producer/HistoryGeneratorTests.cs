using Fintech.Producer.History;
using Fintech.Producer.Simulation;
using Xunit;

namespace Fintech.Tests.Producer;

public sealed class HistoryGeneratorTests
{
    private static readonly HistoryOptions Options = new();
    private static readonly World World = new(Options.Customers, Options.Merchants, Options.Seed);

    /// <summary>A Wednesday.</summary>
    private static readonly DateTime End = new(2026, 1, 14, 10, 30, 0);

    private static readonly List<SourceTransaction> Rows = [.. HistoryGenerator.Generate(World, Options, End)];

    [Fact]
    public void The_same_seed_and_end_give_identical_rows()
    {
        var again = HistoryGenerator.Generate(new World(Options.Customers, Options.Merchants, Options.Seed), new HistoryOptions(), End);

        Assert.Equal(Rows, again);
    }

    [Fact]
    public void Another_seed_gives_other_rows()
    {
        var options = new HistoryOptions { Seed = 1 };

        Assert.NotEqual(Rows, HistoryGenerator.Generate(new World(options.Customers, options.Merchants, options.Seed), options, End));
    }

    [Fact]
    public void Rows_have_ids_from_one_and_lie_within_the_days()
    {
        Assert.Equal(Enumerable.Range(1, Options.Transactions), Rows.Select(row => row.Id));
        Assert.All(Rows, row => Assert.InRange(row.Date, End.AddDays(-7), End));
        Assert.InRange(Rows[0].Date, End.AddDays(-7), End.AddDays(-7).AddHours(1));
        Assert.InRange(Rows[^1].Date, End.AddHours(-1), End);
    }

    [Fact]
    public void Amounts_are_whole_cents_and_their_rare_large_ones_are_three_in_a_thousand()
    {
        Assert.All(Rows, row => Assert.True(row.Amount.Scale == 2, $"Row {row.Id} has the amount {row.Amount}."));
        Assert.All(Rows, row => Assert.InRange(row.Amount, -25_000m, 25_000m));
        Assert.InRange(Rows.Count(row => row.Amount > 3000m) / (double)Rows.Count, 0.002, 0.004);
        Assert.InRange(Rows.Select(row => row.Amount).Order().ElementAt(Rows.Count / 2), 20m, 60m);
    }

    [Fact]
    public void About_one_row_in_a_hundred_is_dirty_and_of_every_kind_there_are_some()
    {
        var known = World.Merchants.Select(merchant => merchant.Name).ToHashSet();
        var seen = new HashSet<(int, string, decimal, DateTime)>();

        var nonPositive = Rows.Count(row => row.Amount <= 0);
        var unknownMerchant = Rows.Count(row => !known.Contains(row.Merchant));
        var repeated = Rows.Count(row => !seen.Add((row.CustomerId, row.Merchant, row.Amount, row.Date.AddTicks(-(row.Date.Ticks % TimeSpan.TicksPerMinute)))));

        Assert.All([nonPositive, unknownMerchant, repeated], count => Assert.InRange(count, 200, 420));
        Assert.Contains(Rows, row => row.Amount == 0);
        Assert.Contains(Rows, row => row.Amount < 0);
        Assert.InRange((nonPositive + unknownMerchant + repeated) / (double)Rows.Count, 0.007, 0.011);
    }

    [Fact]
    public void Days_have_a_quiet_night_and_peaks_at_lunch_and_in_the_evening()
    {
        var weekdays = Rows.Where(row => row.Date.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday)).CountBy(row => row.Date.Hour).ToDictionary();

        Assert.True(weekdays[12] > 8 * weekdays[3]);
        Assert.True(weekdays[12] > 1.3 * weekdays[9] && weekdays[12] > 1.3 * weekdays[15]);
        Assert.True(weekdays[18] > 1.3 * weekdays[15] && weekdays[18] > 2 * weekdays[22]);
    }

    [Fact]
    public void Weekends_begin_later_and_are_spent_elsewhere()
    {
        var groups = Rows.ToLookup(row => row.Date.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday);
        double Share(bool weekend, Func<SourceTransaction, bool> predicate) => groups[weekend].Count(predicate) / (double)groups[weekend].Count();

        var utilities = World.Merchants.Where(merchant => merchant.Category.Name == "Utilities").Select(merchant => merchant.Name).ToHashSet();
        Assert.True(Share(true, row => row.Date.Hour is 7 or 8) < 0.7 * Share(false, row => row.Date.Hour is 7 or 8));
        Assert.True(Share(true, row => utilities.Contains(row.Merchant)) < 0.5 * Share(false, row => utilities.Contains(row.Merchant)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(10)]
    public void Small_histories_have_the_size_asked_for(int transactions)
    {
        var options = new HistoryOptions { Customers = 1, Merchants = 1, Transactions = transactions, Days = 1 };

        Assert.Equal(transactions, HistoryGenerator.Generate(new World(1, 1, 1), options, End).Count());
    }
}
