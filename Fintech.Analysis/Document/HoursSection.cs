using System.Globalization;
using Fintech.Analysis.Charts;
using Fintech.Analysis.Figures;
using Fintech.Analysis.Warehouse;

namespace Fintech.Analysis.Document;

/// <summary>When people pay. An hour of the week counts with its average over the weeks of the period, so that a Monday more does not make Mondays busier.</summary>
internal sealed class HoursOfWeek
{
    private readonly long[,] transactions = new long[8, 24];
    private readonly long[,] atEdges = new long[8, 24];
    private readonly int[,] hours = new int[8, 24];

    /// <param name="rows">All hours in which something happened, those at the edges included.</param>
    /// <param name="period">What was asked for. Where the warehouse has data beyond an end of it, hours count up to that end, also empty ones.</param>
    public HoursOfWeek(IEnumerable<HourOfWeek> rows, Edges edges, Period period)
    {
        foreach (var row in rows)
            transactions[row.Weekday, row.Hour] += row.Transactions;

        // Where the data begin or end, and at an end of the period that is within an hour, the hour is not whole: it would count as a quiet one.
        var first = period.From is { } from && edges.FirstDay < Day(from) ? RoundUp(from) : edges.FirstHour.AddHours(1);
        var end = period.To is { } to && edges.LastDay > Day(to) ? RoundDown(to) : edges.LastHour;
        if (first < end)
        {
            LeftOut = (edges.FirstHour < first ? 1 : 0) + (edges.LastHour >= end ? 1 : 0);
            if (edges.FirstHour < first)
                LeaveOut(edges.FirstHour, edges.InFirst);
            if (edges.LastHour >= end)
                LeaveOut(edges.LastHour, edges.InLast);
        }
        else
        {
            (first, end) = (edges.FirstHour, edges.LastHour.AddHours(1));      // No hour is whole: then they are what there is.
        }

        for (var hour = first; hour < end; hour = hour.AddHours(1))
        {
            var (day, of) = Cell(hour);
            hours[day, of]++;
        }
    }

    /// <summary>Hours at the edges that are not counted because they may not be whole.</summary>
    public int LeftOut { get; }

    /// <summary>Hours of the week that the period contains, of 168.</summary>
    public int Covered => Cells.Count();

    public double? Average(int day, int hour) => hours[day, hour] == 0 ? null : (double)Counted(day, hour) / hours[day, hour];

    /// <summary>All that there were.</summary>
    public long Transactions(int day, int hour) => transactions[day, hour];

    /// <summary>Those of whole hours.</summary>
    public long Counted(int day, int hour) => transactions[day, hour] - atEdges[day, hour];

    /// <summary>How many of these hours are whole.</summary>
    public int Hours(int day, int hour) => hours[day, hour];

    public string Headline()
    {
        var most = Cells.Max(cell => cell.Average);
        var busiest = Cells.Where(cell => cell.Average == most).ToList();
        return busiest.Count switch
        {
            1 when Covered == 1 => $"All of the period lies within one hour, {Name(busiest[0])}",
            1 => $"{Name(busiest[0])} is the busiest hour of the week, with {Number(most)} transactions on average",
            <= 3 => $"{Format.List([.. busiest.Select(Name)])} are the busiest hours of the week, with {Number(most)} transactions each on average",
            _ when busiest.Count == Covered => $"All hours of the period are equally busy, with {Number(most)} transactions on average",
            _ => $"{busiest.Count} hours of the week share the most transactions, {Number(most)} on average",
        };
    }

    public IEnumerable<string> Sentences()
    {
        if (LeftOut > 0)
            yield return $"{(LeftOut == 1 ? "One hour at the edge of the data may not be whole and is" : "Two hours at the edges of the data may not be whole and are")} not counted.";
        if (Covered < 168)
            yield return $"The period contains {Covered} of the 168 hours of a week; the others are left blank.";

        var least = Cells.Min(cell => cell.Average);
        var quietest = Cells.Where(cell => cell.Average == least).ToList();
        if (quietest.Count == 1 && Covered > 1)
            yield return $"The quietest is {Name(quietest[0])}, with {Number(least)}.";

        // Compared only where the period has whole days of both.
        var (work, weekend) = (DayAverage(1, 5), DayAverage(6, 7));
        if (work is > 0 && weekend is { } w)
        {
            var change = (decimal)(w / work.Value) - 1;
            yield return Math.Abs(change) < 0.005m
                ? "An average day of the weekend is as busy as a working day."
                : $"An average day of the weekend has {Format.Percent(Math.Abs(change))} {(change > 0 ? "more" : "fewer")} transactions than one from Monday to Friday.";
        }
    }

    private IEnumerable<(int Day, int Hour, double Average)> Cells =>
        from day in Enumerable.Range(1, 7) from hour in Enumerable.Range(0, 24) where hours[day, hour] > 0 select (day, hour, Average(day, hour)!.Value);

    private void LeaveOut(DateTimeOffset at, long number)
    {
        var (day, hour) = Cell(at);
        atEdges[day, hour] += number;
    }

    private static (int Day, int Hour) Cell(DateTimeOffset at) =>
        (at.UtcDateTime.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)at.UtcDateTime.DayOfWeek, at.UtcDateTime.Hour);

    private static DateOnly Day(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);

    private static DateTimeOffset RoundDown(DateTimeOffset at) => at.AddTicks(-(at.UtcTicks % TimeSpan.TicksPerHour));

    private static DateTimeOffset RoundUp(DateTimeOffset at) => RoundDown(at.AddTicks(TimeSpan.TicksPerHour - 1));

    /// <summary>Sum of the hours' averages; null where an hour is in none of these days.</summary>
    private double? DayAverage(int from, int to)
    {
        double sum = 0;
        for (var hour = 0; hour < 24; hour++)
        {
            var (count, seen) = (0L, 0);
            for (var day = from; day <= to; day++)
                (count, seen) = (count + Counted(day, hour), seen + hours[day, hour]);
            if (seen == 0)
                return null;
            sum += (double)count / seen;
        }

        return sum;
    }

    private static string Name((int Day, int Hour, double Average) cell) => $"{Format.DayName(cell.Day)} from {cell.Hour:00}:00 to {cell.Hour + 1:00}:00";

    public static string Number(double average) => average.ToString(average >= 100 ? "N0" : "0.##", CultureInfo.InvariantCulture);
}

internal static class HoursSection
{
    public static HoursOfWeek Week(AnalysisData data) => new(
        data.Activity.All("hour", RowJson.Default.HourOfWeek),
        data.Activity.First("edges", RowJson.Default.Edges) ?? throw new InvalidOperationException("There are transactions, and no first hour of them."),
        data.Period);

    public static string Write(Html html, AnalysisData data)
    {
        var week = Week(data);
        var headline = week.Headline();
        html.Section("hours", "When do they pay?");
        html.Paragraph("Transactions of all currencies by the hour in which they happened, UTC. Each cell is the average over the weeks of the period.");
        html.Chart(headline, HeatMap.Draw(
                headline, "Heat map of weekday by hour of the day: the darker, the more transactions. The table has the numbers.", week.Average,
                (day, hour) => week.Average(day, hour) is { } average
                    ? $"{Format.DayName(day)} {hour:00}:00: {HoursOfWeek.Number(average)} on average, {Format.Count(week.Counted(day, hour))} in {Format.Count(week.Hours(day, hour), "week")}"
                    : $"{Format.DayName(day)} {hour:00}:00: not a whole hour of the period",
                "transactions an hour"),
            "Average transactions an hour, by weekday and hour.");
        html.Insights(week.Sentences());
        html.Table("Averages by hour", ["Hour, UTC", .. Enumerable.Range(1, 7).Select(day => Format.DayName(day) + "#")],
            Enumerable.Range(0, 24).Select(hour => (IReadOnlyList<string>)
                [$"{hour:00}:00", .. Enumerable.Range(1, 7).Select(day => week.Average(day, hour) is { } average ? HoursOfWeek.Number(average) : "–")]));
        html.Sql(data.Activity);
        html.EndSection();
        return headline;
    }
}
