using System.Collections.Concurrent;
using Fintech.Dashboard.Live.Warehouse;

namespace Fintech.Dashboard.Live.Filters;

/// <summary>What the facts said of one filter. It is not changed once it is there; the next one replaces it.</summary>
/// <param name="At">When it was read.</param>
/// <param name="Since">The first minute that <paramref name="Minutes"/> cover.</param>
/// <param name="PerSecond">Over the ten seconds before.</param>
/// <param name="Fault">Why the figures are missing or old, as a sentence; null when they are not.</param>
internal sealed record FilterReading(
    DateTimeOffset At,
    DateTimeOffset Since,
    IReadOnlyList<MinuteSums> Minutes,
    double PerSecond,
    IReadOnlyList<AlertItem> Alerts,
    IReadOnlyList<TransactionItem> Latest,
    string? Fault)
{
    private const int MostMerchants = 12;

    private readonly ConcurrentDictionary<LiveWindow, FilteredFigures> figures = new();

    /// <summary>Of a window that is not longer than the minutes that are kept: <see cref="LiveWindow.IsShort"/>.</summary>
    public FilteredFigures Of(LiveWindow window) => figures.GetOrAdd(window, Compute);

    private FilteredFigures Compute(LiveWindow window)
    {
        var bounds = window.BoundsAt(At, TimeZoneInfo.Utc);
        var sums = Add(bounds.From, bounds.FromShare, DateTimeOffset.MaxValue, 1);
        var before = bounds.Previous is { } previous && previous.From >= Since
            ? Add(previous.From, previous.FromShare, previous.Edge, previous.Share)
            : null;
        return new FilteredFigures(sums, before, bounds, Since > bounds.From ? Since : null, Merchants(bounds), Trend(window));
    }

    private Sums Add(DateTimeOffset from, decimal fromShare, DateTimeOffset edge, decimal edgeShare)
    {
        var exact = new Dictionary<(string Category, string Currency), (decimal Transactions, decimal Amount, decimal Alerts)>();
        foreach (var minute in Minutes.Where(minute => minute.Minute >= from && minute.Minute <= edge))
        {
            var share = minute.Minute == edge ? edgeShare : minute.Minute == from ? fromShare : 1;
            foreach (var merchant in minute.Merchants)
            {
                var sum = exact.GetValueOrDefault((merchant.Category, merchant.Currency));
                exact[(merchant.Category, merchant.Currency)] =
                    (sum.Transactions + merchant.Transactions * share, sum.Amount + merchant.Amount * share, sum.Alerts + merchant.Alerts * share);
            }
        }

        var sums = new Sums();
        foreach (var ((category, currency), sum) in exact)
        {
            var (transactions, amount) = ((long)Math.Round(sum.Transactions), Math.Round(sum.Amount, 2));
            sums.Add(currency, transactions, amount, (long)Math.Round(sum.Alerts), streamed: true);
            sums.AddCategory(category, currency, transactions, amount);
        }

        return sums;
    }

    private IReadOnlyList<MerchantTotal> Merchants(WindowBounds bounds) =>
    [
        .. Minutes.Where(minute => minute.Minute >= bounds.From)
            .SelectMany(minute => minute.Merchants.Select(sum => (sum, share: minute.Minute == bounds.From ? bounds.FromShare : 1)))
            .GroupBy(part => (part.sum.Merchant, part.sum.Category, part.sum.Currency))
            .Select(same => new MerchantTotal(
                same.Key.Merchant, same.Key.Category,
                (long)Math.Round(same.Sum(part => part.sum.Transactions * part.share)),
                Math.Round(same.Sum(part => part.sum.Amount * part.share), 2), same.Key.Currency))
            .Where(total => total.Transactions > 0)
            .OrderByDescending(total => total.Transactions).ThenByDescending(total => total.Amount).ThenBy(total => total.Merchant, StringComparer.Ordinal)
            .Take(MostMerchants),
    ];

    private TrendState? Trend(LiveWindow window)
    {
        if (TrendSpan.Of(window, At, TimeZoneInfo.Utc) is not { } span)
            return null;

        var builder = new TrendBuilder(span with { From = Since > span.From ? Since : span.From }, At);
        foreach (var minute in Minutes)
        {
            foreach (var sum in minute.Merchants)
                builder.Add(minute.Minute, sum.Currency, sum.Transactions, sum.Amount, sum.Alerts);
        }

        return builder.Build(null);
    }
}

/// <param name="Since">First minute that is covered where that is not all of the window.</param>
internal sealed record FilteredFigures(
    Sums Sums, Sums? Previous, WindowBounds Bounds, DateTimeOffset? Since, IReadOnlyList<MerchantTotal> Merchants, TrendState? Trend);
