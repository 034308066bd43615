using System.Runtime.InteropServices;

namespace Fintech.Dashboard.Live.Warehouse;

/// <summary>Transactions, value and alerts of a stretch of time, being added up.</summary>
internal sealed class Sums
{
    private readonly Dictionary<string, (long Transactions, decimal Amount)> currencies = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Category, string Currency), (long Transactions, decimal Amount)> categories = [];

    public long Transactions { get; private set; }

    /// <summary>Those that came by stream: only they are scored.</summary>
    public long Streamed { get; private set; }

    public long Alerts { get; private set; }

    public IReadOnlyList<Money> Value =>
        [.. currencies.OrderByDescending(pair => pair.Value.Transactions).ThenBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => new Money(pair.Key, pair.Value.Amount))];

    public IReadOnlyList<CategoryTotal> Categories =>
        [.. categories.OrderByDescending(pair => pair.Value.Transactions).ThenBy(pair => pair.Key.Category, StringComparer.Ordinal)
            .Select(pair => new CategoryTotal(pair.Key.Category, pair.Value.Transactions, pair.Value.Amount, pair.Key.Currency))];

    public void Add(string currency, long transactions, decimal amount, long alerts, bool streamed)
    {
        Add(currencies, currency, transactions, amount);
        Transactions += transactions;
        Streamed += streamed ? transactions : 0;
        Alerts += alerts;
    }

    public void AddCategory(string category, string currency, long transactions, decimal amount) =>
        Add(categories, (category, currency), transactions, amount);

    public void Add(Sums other)
    {
        foreach (var (currency, sum) in other.currencies)
            Add(currencies, currency, sum.Transactions, sum.Amount);

        foreach (var (key, sum) in other.categories)
            Add(categories, key, sum.Transactions, sum.Amount);

        Transactions += other.Transactions;
        Streamed += other.Streamed;
        Alerts += other.Alerts;
    }

    private static void Add<TKey>(Dictionary<TKey, (long Transactions, decimal Amount)> sums, TKey key, long transactions, decimal amount)
        where TKey : notnull
    {
        ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, key, out _);
        sum = (sum.Transactions + transactions, sum.Amount + amount);
    }
}
