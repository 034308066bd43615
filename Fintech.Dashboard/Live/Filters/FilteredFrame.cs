using Fintech.Dashboard.Live.Warehouse;

namespace Fintech.Dashboard.Live.Filters;

/// <summary>
/// Narrows a frame of everything to a filter: by what was read for it, and until that is there, by what the frame holds anyway. A figure
/// that is not known for the filter is named as unknown and not shown; it never stays that of everything.
/// </summary>
internal static class FilteredFrame
{
    private const string Transactions = "transactions";
    private const string Value = "value";
    private const string Alerts = "alerts";
    private const string AlertRate = "alertRate";
    private const string Rate = "rate";
    private const string Latency = "latency";
    private const string Categories = "categories";
    private const string Merchants = "merchants";

    private const string Pending = "The filter is being read for the first time.";
    private const string ShortOnly = "Figures of single merchants, customers, amounts and alerts are counted for up to an hour: choose 1 min, 5 min or 1 h, or look in History.";
    private const string CountingBack = "Alerts of the category are not counted back to the begin of the window yet.";
    private const string ByCategory = "Of a category, alerts and merchants are counted for up to an hour.";

    public static LiveFrame Of(LiveView view, LiveFrame everything, FilterReading? reading)
    {
        var (window, filter) = view;
        var frame = everything with
        {
            Filter = filter.Echo,
            Previous = null,
            Merchants = [],
            Trend = null,
            AlertsInChart = null,
            Raised = everything.Alerts,
            Alerts = reading?.Alerts ?? [.. everything.Alerts.Where(item => filter.Matches(item.Category, item.Merchant, item.CustomerId, item.Amount, alert: true))],
            Latest = reading?.Latest ?? [.. everything.Latest.Where(item => filter.Matches(item.Category, item.Merchant, item.CustomerId, item.Amount, item.Alert))],
        };

        var figures = window.IsShort ? reading?.Of(window) : null;
        if (filter.IsByCategoryOnly)
            return ByAggregates(frame, everything, filter, reading, figures, window);
        if (reading is null)
            return Unknown(frame, window, "pending", null, Pending);
        if (figures is null)
            return Unknown(frame, window, "filtered", reading.At, ShortOnly);
        if (reading.Fault is not null)
            return Unknown(frame, window, "filtered", reading.At, reading.Fault);

        return frame with
        {
            Kpis = KpiSums.Of(figures.Sums, reading.PerSecond, null),
            Previous = Previous(figures),
            Categories = figures.Sums.Categories,
            Merchants = figures.Merchants,
            Trend = figures.Trend,
            AlertsInChart = InChart(reading),
            Scope = new ScopeState(
                "filtered", filter.OnlyAlerts ? [Latency, AlertRate] : [Latency], window.IsEstimate, reading.At, figures.Since, window.Name, figures.Since, null),
        };
    }

    /// <summary>The aggregates know transactions and value of a category at any time, as fast as those of everything.</summary>
    private static LiveFrame ByAggregates(
        LiveFrame frame, LiveFrame everything, LiveFilter filter, FilterReading? reading, FilteredFigures? figures, LiveWindow window)
    {
        var sums = new Sums();
        foreach (var total in everything.Categories.Where(total => filter.Categories.Contains(total.Category)))
        {
            sums.Add(total.Currency, total.Transactions, total.Amount, 0, streamed: true);
            sums.AddCategory(total.Category, total.Currency, total.Transactions, total.Amount);
        }

        var counted = figures is not null && reading?.Fault is null && figures.Since is null ? figures : null;
        var kpis = KpiSums.Of(sums, reading?.PerSecond ?? 0, null);
        return frame with
        {
            Kpis = counted is null ? kpis : kpis with { Alerts = counted.Sums.Alerts, AlertRate = KpiSums.Of(counted.Sums, 0, null).AlertRate },
            Previous = counted is null ? null : Previous(counted),
            Categories = sums.Categories,
            Merchants = figures?.Merchants ?? [],
            Trend = figures?.Trend,
            AlertsInChart = reading is null ? null : InChart(reading),
            Scope = new ScopeState(
                "filtered",
                counted is not null ? [Latency] : reading is null || window.IsShort ? [Latency, Alerts, AlertRate, Rate] : [Latency, Alerts, AlertRate, Rate, Merchants],
                window.IsEstimate, reading?.At, null, figures is null ? null : window.Name, figures?.Since,
                reading is null ? Pending : reading.Fault ?? (!window.IsShort ? ByCategory : counted is null ? CountingBack : null)),
        };
    }

    private static LiveFrame Unknown(LiveFrame frame, LiveWindow window, string figures, DateTimeOffset? at, string note) => frame with
    {
        Kpis = KpiSums.Nothing,
        Categories = [],
        Scope = new ScopeState(
            figures, [Transactions, Value, Alerts, AlertRate, Rate, Latency, Categories, Merchants], window.IsEstimate, at, null, null, null, note),
    };

    private static Kpis? Previous(FilteredFigures figures) => figures.Previous is { } sums && figures.Bounds.Previous is { } bounds
        ? KpiSums.Of(sums, sums.Transactions / bounds.Length.TotalSeconds, null)
        : null;

    private static long? InChart(FilterReading reading)
    {
        var (from, share) = PointRing.SpanAt(reading.At);
        return reading.Since > from ? null : (long)Math.Round(reading.Minutes.Where(minute => minute.Minute >= from)
            .Sum(minute => minute.Merchants.Sum(merchant => merchant.Alerts) * (minute.Minute == from ? share : 1)));
    }
}
