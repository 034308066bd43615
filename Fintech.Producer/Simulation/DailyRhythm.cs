namespace Fintech.Producer.Simulation;

/// <summary>When people buy: hardly at night, at lunch and in the evening most, later and longer at weekends. Times are UTC.</summary>
internal static class DailyRhythm
{
    // Weight of each full hour; minutes between two are interpolated.
    private static readonly double[] Weekday =
    [
        0.25, 0.15, 0.10, 0.08, 0.10, 0.20, 0.50, 0.90, 1.10, 1.00, 1.10, 1.50,
        2.00, 1.70, 1.20, 1.10, 1.30, 1.80, 2.20, 2.00, 1.50, 1.00, 0.70, 0.40,
    ];

    private static readonly double[] Weekend =
    [
        0.55, 0.40, 0.30, 0.15, 0.10, 0.10, 0.20, 0.40, 0.70, 1.10, 1.60, 1.90,
        2.00, 1.90, 1.80, 1.70, 1.60, 1.50, 1.70, 1.80, 1.50, 1.20, 1.00, 0.80,
    ];

    // Sunday first, as DayOfWeek counts.
    private static readonly double[] Days = [0.85, 0.95, 0.95, 1.00, 1.00, 1.15, 1.20];

    /// <summary>Draws <paramref name="count"/> moments before <paramref name="to"/>, oldest first, to the millisecond.</summary>
    public static DateTime[] Draw(int count, DateTime from, DateTime to, Random random)
    {
        var minutes = (int)(to - from).TotalMinutes;
        var choice = new WeightedChoice(Enumerable.Range(0, minutes).Select(minute => WeightAt(from.AddMinutes(minute))));

        var moments = new DateTime[count];
        for (var i = 0; i < count; i++)
        {
            moments[i] = from.AddMinutes(choice.Draw(random)).AddMilliseconds(random.Next(60_000));
        }

        Array.Sort(moments);
        return moments;
    }

    public static double WeightAt(DateTime moment)
    {
        var hours = moment.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? Weekend : Weekday;
        var (here, next) = (hours[moment.Hour], hours[(moment.Hour + 1) % 24]);
        return Days[(int)moment.DayOfWeek] * (here + ((next - here) * moment.Minute / 60));
    }
}
