namespace Fintech.Analysis.Charts;

internal static class HeatMap
{
    private static readonly double[] Legend = [0.25, 0.5, 0.75, 1];

    /// <summary>Weekday by hour: the darker the more. Null is an hour that the period does not contain.</summary>
    public static Svg Draw(string title, string description, Func<int, int, double?> value, Func<int, int, string> tip, string unit)
    {
        var (svg, frame) = Frame.Create(title, description, 332, left: 104);
        var values = Enumerable.Range(1, 7).SelectMany(day => Enumerable.Range(0, 24).Select(hour => value(day, hour))).OfType<double>().Order().ToList();
        var most = Math.Max(double.Epsilon, values[^1]);

        // One hour that towers over all others would leave the week pale: above three times the 95th percentile all are as dark.
        var usual = values[(values.Count - 1) * 95 / 100];
        var isCapped = usual > 0 && most > 3 * usual;
        if (isCapped)
            most = usual;
        var (w, h) = ((frame.Right - frame.Left) / 24, (frame.Bottom - frame.Top - 24) / 7);
        for (var day = 1; day <= 7; day++)
        {
            svg.Text(frame.Left - 10, frame.Top + (day - 0.5) * h + 4, Format.DayName(day), "label", "end");
            for (var hour = 0; hour < 24; hour++)
            {
                var (x, y) = (frame.Left + hour * w, frame.Top + (day - 1) * h);
                if (value(day, hour) is { } v)
                    svg.Rectangle(x + 1, y + 1, w - 2, h - 2, "heat", tip(day, hour), 0.05 + 0.95 * Math.Min(1, v / most));
                else
                    svg.Rectangle(x + 1, y + 1, w - 2, h - 2, "no-data", tip(day, hour));
            }
        }

        for (var hour = 0; hour < 24; hour += 3)
            svg.Text(frame.Left + (hour + 0.5) * w, frame.Bottom - 6, $"{hour:00}", "tick", "middle");
        svg.Text((frame.Left + frame.Right) / 2, frame.Bottom + 14, "Hour of the day, UTC", "axis-title", "middle");

        // A legend in four steps and the number that the darkest stands for.
        svg.Text(frame.Left, frame.Bottom + 40, $"0 {unit}", "tick");
        var from = frame.Left + 24 + unit.Length * 6.6;
        for (var i = 0; i < Legend.Length; i++)
            svg.Rectangle(from + i * 30, frame.Bottom + 30, 30, 12, "heat", opacity: 0.05 + 0.95 * Legend[i]);
        svg.Text(from + Legend.Length * 30 + 8, frame.Bottom + 40, Format.Compact(Math.Round(most, most < 10 ? 2 : 0)) + (isCapped ? " and more" : ""), "tick");
        return svg;
    }
}
