using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Fintech.Etl.Worker.Batch.Copy;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// The books of a pass, a page for each currency: amounts of different currencies are never added up to a sum that is compared.
/// </summary>
internal sealed class PassBooks
{
    /// <summary>The page of rows whose currency is none; such a row is quarantined.</summary>
    public const string NoCurrency = "?";

    private readonly SortedDictionary<string, PassTotals> pages = new(StringComparer.Ordinal);

    public IEnumerable<(string Currency, PassTotals Totals)> Pages => pages.Select(page => (page.Key, page.Value));

    /// <summary>Rows of all currencies; sums only where there is one currency have a meaning beyond a check total.</summary>
    public PassTotals Total => pages.Values.Aggregate(new PassTotals(), (sum, page) => sum + page);

    public void Enter(string currency, Func<PassTotals, PassTotals> entry) =>
        pages[currency] = entry(pages.TryGetValue(currency, out var page) ? page : new PassTotals());

    public void Enter(CurrencySums sums, Func<PassTotals, Tally, PassTotals> entry)
    {
        foreach (var (currency, tally) in sums.All)
            Enter(currency, page => entry(page, tally));
    }

    /// <summary>ISO 4217 by its shape: the page of a row with this currency.</summary>
    public static string PageOf(string currency) => IsCurrency(currency) ? currency : NoCurrency;

    public static bool IsCurrency(string text) =>
        text.Length == 3 && char.IsAsciiLetterUpper(text[0]) && char.IsAsciiLetterUpper(text[1]) && char.IsAsciiLetterUpper(text[2]);
}

/// <summary>Rows and sums by currency while rows stream by.</summary>
internal sealed class CurrencySums
{
    private readonly Dictionary<string, Tally> sums = new(StringComparer.Ordinal);

    public IEnumerable<(string Currency, Tally Tally)> All => sums.Select(sum => (sum.Key, sum.Value));

    public long Rows => sums.Values.Sum(tally => tally.Rows);

    [MethodImpl(Hot.Path)]
    public void Add(string currency, decimal? amount)
    {
        ref var tally = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, PassBooks.PageOf(currency), out _);
        tally = tally.With(amount);
    }
}
