namespace Fintech.Producer.Simulation;

internal sealed record Customer(int Id, string FirstName, string LastName, string? Email, DateOnly SignupDate, double Activity);

internal sealed record Merchant(string Name, Category Category);

/// <summary>
/// Who buys, and where. Derived from seed and sizes alone, so that the history, the live stream and every restart know
/// the same people and shops without asking a store.
/// </summary>
internal sealed class World
{
    private const double MissingEmails = 0.01;
    private static readonly DateOnly FirstSignup = new(2019, 1, 1);
    private static readonly int SignupDays = new DateOnly(2025, 12, 1).DayNumber - FirstSignup.DayNumber;

    public World(int customers, int merchants, int seed)
    {
        var random = new Random(seed);
        Customers = [.. Enumerable.Range(1, customers).Select(id => CreateCustomer(id, random))];
        Merchants = [.. Enumerable.Range(0, merchants).Select(CreateMerchant)];
    }

    public IReadOnlyList<Customer> Customers { get; }

    /// <summary>The merchants MongoDB knows, most popular first within each category.</summary>
    public IReadOnlyList<Merchant> Merchants { get; }

    private static Customer CreateCustomer(int id, Random random)
    {
        var first = Names.First[random.Next(Names.First.Length)];
        var last = Names.Last[random.Next(Names.Last.Length)];
        var signup = FirstSignup.AddDays(random.Next(SignupDays));

        // A few buy daily and many now and then: a log-normal spread.
        var activity = Math.Exp(0.9 * random.NextGaussian());
        var email = random.NextDouble() < MissingEmails ? null : $"{MailboxPart(first)}.{MailboxPart(last)}{id}@example.com";
        return new Customer(id, first, last, email, signup, activity);
    }

    private static string MailboxPart(string name) => string.Concat(name.Where(char.IsAsciiLetter)).ToLowerInvariant();

    /// <summary>
    /// Categories in turn, each beginning elsewhere in the list of first halves, and within one every pair of a first
    /// half and a noun once before numbers are added: <c>Harbor Market</c>, …, <c>Harbor Market 2</c>. No seed enters,
    /// so a name means the same shop whatever the seed.
    /// </summary>
    private static Merchant CreateMerchant(int index)
    {
        var (rank, kind) = Math.DivRem(index, Category.All.Count);
        var (lap, step) = Math.DivRem(rank, Names.Merchant.Length);
        var category = Category.All[kind];
        var (repeat, shift) = Math.DivRem(lap, category.Nouns.Length);

        var first = Names.Merchant[(step + (kind * Names.Merchant.Length / Category.All.Count)) % Names.Merchant.Length];
        var name = $"{first} {category.Nouns[(step + shift) % category.Nouns.Length]}";
        return new Merchant(repeat == 0 ? name : $"{name} {repeat + 1}", category);
    }
}
