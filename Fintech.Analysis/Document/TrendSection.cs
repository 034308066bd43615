using Fintech.Analysis.Charts;
using Fintech.Analysis.Figures;

namespace Fintech.Analysis.Document;

/// <param name="Whole">False for a first or last day, or hour, that the data may not cover from begin to end.</param>
internal sealed record TrendStep(DateTimeOffset At, decimal Revenue, long Transactions, bool Whole);

/// <summary>How revenue went over the period.</summary>
internal sealed class Trend
{
    private readonly int? weekday;
    private readonly int? hour;

    /// <param name="firstHour">First and last hour of the period in which something happened, at whatever hour of the week.</param>
    /// <param name="weekday">ISO: 1 = Monday. Where only some hours of the week are counted, the other days are no steps: nothing could happen on them.</param>
    public Trend(string currency, IReadOnlyList<TrendPoint> points, DateTimeOffset firstHour, DateTimeOffset lastHour, int? weekday = null, int? hour = null)
    {
        (this.weekday, this.hour) = (weekday, hour);
        Currency = currency;
        ByHour = points[0].ByHour;
        var unit = ByHour ? TimeSpan.FromHours(1) : TimeSpan.FromDays(1);
        var known = points.ToDictionary(point => point.At);

        // A day without a transaction has no row: its revenue is zero, and it belongs into the picture.
        for (var at = points.Min(point => point.At); at <= points.Max(point => point.At); at += unit)
        {
            if (!Counts(at))
                continue;
            var whole = ByHour ? at > firstHour && at < lastHour
                : hour is { } only ? at.AddHours(only) > firstHour && at.AddHours(only) < lastHour
                : at >= firstHour && at + unit <= lastHour + TimeSpan.FromHours(1);
            Steps.Add(known.TryGetValue(at, out var point) ? new(at, point.Revenue, point.Transactions, whole) : new(at, 0, 0, whole));
        }
    }

    public string Currency { get; }
    public bool ByHour { get; }
    public List<TrendStep> Steps { get; } = [];

    private List<TrendStep> Whole => [.. Steps.Where(step => step.Whole)];
    private string Unit => ByHour ? "hour" : weekday is { } day ? Format.DayName(day) : "day";

    public string Headline()
    {
        if (Whole is not { Count: >= 2 } whole)
            return $"The period has {(Whole.Count == 0 ? "no" : "only one")} whole {Unit} in {Currency}: no trend can be told from it";

        if (!ByHour && weekday is null && whole.Count >= 14)
        {
            var (now, before) = (whole.TakeLast(7).Sum(step => step.Revenue), whole.SkipLast(7).TakeLast(7).Sum(step => step.Revenue));
            if (before > 0 && now >= 0)
            {
                var change = now / before - 1;
                return Math.Abs(change) < 0.005m
                    ? $"Revenue in {Currency} of the last seven whole days is as that of the seven before: {Format.CompactMoney(now, Currency)}"
                    : $"Revenue in {Currency} of the last seven whole days is {Format.Percent(Math.Abs(change))} {(change > 0 ? "above" : "below")} that of the seven before";
            }
        }

        var most = whole.Max(step => step.Revenue);
        var best = whole.Where(step => step.Revenue == most).ToList();
        return best.Count switch
        {
            1 => $"{Name(best[0])} brought most revenue in {Currency}: {Format.CompactMoney(most, Currency)}",
            _ when best.Count == whole.Count => $"Every whole {Unit} brought the same revenue in {Currency}: {Format.Money(most, Currency)}",
            _ => $"{Format.Count(best.Count)} {Unit}s brought most revenue in {Currency}: {Format.Money(most, Currency)} each",
        };
    }

    public IEnumerable<string> Sentences()
    {
        if (Whole is { Count: >= 2 } whole)
        {
            var (most, least) = (whole.Max(step => step.Revenue), whole.Min(step => step.Revenue));
            yield return $"The average of {Format.Count(whole.Count)} whole {Unit}s is {Format.Money(decimal.Round(whole.Average(step => step.Revenue), 2), Currency)}.";
            if (most != least && whole.Count(step => step.Revenue == least) == 1)
                yield return $"The least was {Format.Money(least, Currency)}, on {Name(whole.First(step => step.Revenue == least))}.";
        }

        var empty = Steps.Count(step => step.Transactions == 0);
        if (empty > 0)
            yield return $"On {Format.Count(empty, Unit)} nothing happened in {Currency}.";
        if (Steps.Any(step => !step.Whole))
            yield return $"Hollow points are {Unit}s that the data do not cover from begin to end; they are not compared.";
    }

    private bool Counts(DateTimeOffset at) =>
        (weekday is null || weekday == (at.UtcDateTime.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)at.UtcDateTime.DayOfWeek)) && (!ByHour || hour is null || hour == at.UtcDateTime.Hour);

    private string Name(TrendStep step) => ByHour ? Format.Moment(step.At) : Format.Day(step.At);
}

internal static class TrendSection
{
    public static string? Write(Html html, AnalysisData data, IReadOnlyList<string> currencies)
    {
        string? first = null;
        var (firstHour, lastHour) = (data.Totals.Min(total => total.FirstHour), data.Totals.Max(total => total.LastHour));
        html.Section("trend", "How did it develop?");
        foreach (var currency in currencies)
        {
            var trend = new Trend(currency, [.. data.Activity.All("trend", RowJson.Default.TrendPoint).Where(point => point.Currency == currency)], firstHour, lastHour);
            var headline = trend.Headline();
            first ??= headline;
            var unit = trend.ByHour ? "hour" : "day";
            html.Chart(headline, LineChart.Trend(
                    headline, $"Line of revenue per {unit} from {Format.Moment(trend.Steps[0].At)} to {Format.Moment(trend.Steps[^1].At)} UTC. The table has the numbers.",
                    [.. trend.Steps.Select(step => (step.At, (double)step.Revenue, step.Whole,
                        $"{(trend.ByHour ? Format.Moment(step.At) : Format.Day(step.At))}: {Format.Money(step.Revenue, currency)} from {Format.Count(step.Transactions, "transaction")}{(step.Whole ? "" : " (not whole)")}"))],
                    trend.ByHour, trend.ByHour ? "Hour, UTC" : "Day, UTC", $"Revenue, {currency}", Format.Compact),
                $"Revenue per {unit} in {currency}, by the time of the transaction.");
            html.Insights(trend.Sentences());
            html.Table($"Revenue per {unit} in {currency}", [trend.ByHour ? "Hour, UTC" : "Day, UTC", "Transactions#", $"Revenue, {currency}#", "Whole"],
                trend.Steps.Select(step => (IReadOnlyList<string>)
                    [trend.ByHour ? Format.Moment(step.At) : Format.Day(step.At), Format.Count(step.Transactions), Format.Amount(step.Revenue), step.Whole ? "yes" : "no"]));
        }

        html.Sql(data.Activity);
        html.EndSection();
        return first;
    }
}
