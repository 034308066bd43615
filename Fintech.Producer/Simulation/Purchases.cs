namespace Fintech.Producer.Simulation;

internal readonly record struct Purchase(int CustomerId, string Merchant, decimal Amount);

/// <summary>
/// Draws purchases: a customer by activity, a category by the hour, a merchant by popularity (Zipf), an amount by the
/// category's log-normal distribution. Not thread-safe: one per stream of draws.
/// </summary>
internal sealed class Purchases
{
    /// <summary>Share of purchases above <see cref="HighValue"/>, and of those with merchants that MongoDB does not know.</summary>
    public const double HighValueShare = 0.003;
    public const double UnknownMerchantShare = 0.003;

    /// <summary>Ordinary purchases stay at or below this amount, so that the share above it is a number and not an accident.</summary>
    public const decimal HighValue = 3000m;

    private const long LowestCents = 50;
    private const long HighestCents = 2_500_000;
    private const long HighValueCents = (long)(HighValue * 100);

    private readonly Random random;
    private readonly WeightedChoice customers;
    private readonly Shops[] categories;
    private readonly Shops[] highValueCategories;
    private readonly WeightedChoice[] weekdayHours;
    private readonly WeightedChoice[] weekendHours;
    private readonly IReadOnlyList<Customer> people;

    public Purchases(World world, Random random)
    {
        this.random = random;
        people = world.Customers;
        customers = new WeightedChoice(people.Select(customer => customer.Activity));
        categories = [.. world.Merchants.GroupBy(merchant => merchant.Category, merchant => merchant.Name).Select(group => new Shops(group.Key, [.. group]))];
        highValueCategories = [.. categories.Where(shops => Category.HighValue.Contains(shops.Category.Name))];
        weekdayHours = [.. ChoicesByHour(weekend: false)];
        weekendHours = [.. ChoicesByHour(weekend: true)];
    }

    public Purchase Next(DateTime at)
    {
        var customer = people[customers.Draw(random)].Id;
        var high = random.NextDouble() < HighValueShare;
        var shops = high && highValueCategories.Length > 0
            ? highValueCategories[random.Next(highValueCategories.Length)]
            : categories[(at.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? weekendHours : weekdayHours)[at.Hour].Draw(random)];

        var merchant = random.NextDouble() < UnknownMerchantShare
            ? Names.UnknownMerchants[random.Next(Names.UnknownMerchants.Length)]
            : shops.Names[shops.Popularity.Draw(random)];

        return new Purchase(customer, merchant, ToAmount(high ? HighCents() : OrdinaryCents(shops.Category)));
    }

    private IEnumerable<WeightedChoice> ChoicesByHour(bool weekend) =>
        Enumerable.Range(0, 24).Select(hour => new WeightedChoice(categories.Select(shops => shops.Category.WeightAt(hour, weekend))));

    private long OrdinaryCents(Category category)
    {
        long cents;
        do
        {
            cents = (long)Math.Round(100 * category.Median * Math.Exp(category.Sigma * random.NextGaussian()));
        }
        while (cents > HighValueCents);

        return Math.Max(cents, LowestCents);
    }

    /// <summary>A Pareto tail: half of them below 3,800, one in forty above 10,000.</summary>
    private long HighCents() =>
        Math.Clamp((long)(HighValueCents * Math.Pow(1 - random.NextDouble(), -1.0 / 3)), HighValueCents + 1, HighestCents);

    /// <summary>Always with two decimals, as a ledger writes them.</summary>
    private static decimal ToAmount(long cents) => new((int)cents, 0, 0, isNegative: false, scale: 2);

    private sealed record Shops(Category Category, string[] Names)
    {
        public WeightedChoice Popularity { get; } = new(Enumerable.Range(1, Names.Length).Select(rank => 1.0 / rank));
    }
}
