using Fintech.Producer.Simulation;

namespace Fintech.Producer.History;

internal readonly record struct SourceTransaction(int Id, int CustomerId, DateTime Date, decimal Amount, string Merchant);

/// <summary>
/// The transactions of the days before <c>end</c>, in the order of their ids. A function of its arguments alone, so
/// that a start which died half-way and the one after it agree. A small share is dirty, as real ledgers are.
/// </summary>
internal static class HistoryGenerator
{
    public const double RepeatShare = 0.003;
    public const double NonPositiveShare = 0.003;

    public static IEnumerable<SourceTransaction> Generate(World world, HistoryOptions options, DateTime end)
    {
        // Another stream of numbers than the one the world was drawn from.
        var random = new Random(unchecked(options.Seed + 1));
        var purchases = new Purchases(world, random);
        var moments = DailyRhythm.Draw(options.Transactions, end.AddDays(-options.Days), end, random);
        var row = default(SourceTransaction);

        for (var i = 0; i < moments.Length; i++)
        {
            var kind = random.NextDouble();
            row = kind < RepeatShare && i > 0
                ? Repeat(row, end, random)
                : FromPurchase(purchases.Next(moments[i]), moments[i], dirty: kind > 1 - NonPositiveShare, random);

            yield return row = row with { Id = i + 1 };
        }
    }

    private static SourceTransaction FromPurchase(Purchase purchase, DateTime at, bool dirty, Random random)
    {
        var amount = (dirty, random.Next(2)) switch
        {
            (true, 0) => 0.00m,
            (true, _) => -purchase.Amount,
            _ => purchase.Amount,
        };

        return new SourceTransaction(0, purchase.CustomerId, at, amount, purchase.Merchant);
    }

    /// <summary>The terminal asked twice: everything equal but the id and, within the same minute, the second.</summary>
    private static SourceTransaction Repeat(SourceTransaction row, DateTime end, Random random)
    {
        var again = row.Date.AddSeconds(random.Next(60 - row.Date.Second));
        return row with { Date = again < end ? again : row.Date };
    }
}
