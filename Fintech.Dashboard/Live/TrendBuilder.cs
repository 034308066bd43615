namespace Fintech.Dashboard.Live;

/// <summary>What the small lines of the figures show: a stretch of time in equal steps.</summary>
internal readonly record struct TrendSpan(DateTimeOffset From, TimeSpan Step)
{
    /// <returns>Null for <c>all</c>, which has no scale of its own.</returns>
    public static TrendSpan? Of(LiveWindow window, DateTimeOffset now, TimeZoneInfo zone) => window switch
    {
        _ when window == LiveWindow.OneMinute || window == LiveWindow.FiveMinutes => new(LiveWindow.MinuteOf(now).AddMinutes(-14), TimeSpan.FromMinutes(1)),
        _ when window == LiveWindow.Hour => new(LiveWindow.MinuteOf(now).AddMinutes(-59), TimeSpan.FromMinutes(1)),
        _ when window == LiveWindow.Today => new(LiveWindow.MidnightOf(now, zone), TimeSpan.FromMinutes(30)),
        _ => null,
    };
}

/// <summary>Puts minutes into the steps of a <see cref="TrendSpan"/>.</summary>
internal sealed class TrendBuilder
{
    private readonly TrendSpan span;
    private readonly DateTimeOffset at;
    private readonly long[] transactions;
    private readonly long[] alerts;
    private readonly Dictionary<string, (long Transactions, decimal[] Amounts)> currencies = new(StringComparer.Ordinal);

    public TrendBuilder(TrendSpan span, DateTimeOffset at)
    {
        (this.span, this.at) = (span, at);
        var steps = Math.Max(1, (int)((at - span.From) / span.Step) + 1);
        (transactions, alerts) = (new long[steps], new long[steps]);
    }

    public void Add(DateTimeOffset minute, string currency, long count, decimal amount, long alertCount)
    {
        var step = (int)Math.Floor((minute - span.From) / span.Step);
        if (step < 0 || step >= transactions.Length)
            return;

        transactions[step] += count;
        alerts[step] += alertCount;
        var sum = currencies.GetValueOrDefault(currency, (0, new decimal[transactions.Length]));
        sum.Amounts[step] += amount;
        currencies[currency] = (sum.Transactions + count, sum.Amounts);
    }

    /// <param name="latency">The 99th percentile between two minutes; null where it is not known for what is added up here.</param>
    public TrendState Build(Func<DateTimeOffset, DateTimeOffset, double?>? latency)
    {
        // Sums of different currencies are never added up: the line is that of the currency of the figure.
        var main = currencies.OrderByDescending(pair => pair.Value.Transactions).ThenBy(pair => pair.Key, StringComparer.Ordinal).FirstOrDefault();
        return new TrendState(
            span.From, (int)span.Step.TotalSeconds, at, transactions, main.Value.Amounts ?? new decimal[transactions.Length], alerts,
            latency is null ? null : [.. Enumerable.Range(0, transactions.Length).Select(i =>
                latency(span.From + i * span.Step, span.From + (i + 1) * span.Step - TimeSpan.FromMinutes(1)))]);
    }
}
