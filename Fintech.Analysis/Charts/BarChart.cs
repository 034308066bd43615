namespace Fintech.Analysis.Charts;

/// <param name="Shown">Beside the bar.</param>
internal sealed record Bar(string Label, double Value, string Shown, string? Tip = null, string Style = "fill-1");

/// <summary>Horizontal bars, largest first as the caller gives them: names stay readable, whatever their length.</summary>
internal static class BarChart
{
    private const double RowHeight = 30;
    private const int LongestLabel = 28;

    public static Svg Draw(string title, string description, IReadOnlyList<Bar> bars, string axis, Func<double, string> tick)
    {
        var labels = bars.Select(bar => Shortened(bar.Label)).ToList();
        var left = 24 + Math.Max(60, labels.Max(label => label.Length) * 7.4);
        var (svg, frame) = Frame.Create(title, description, bars.Count * RowHeight + 68, left, right: 190, top: 8);
        var scale = Scale.FromZero(bars.Min(bar => bar.Value), bars.Max(bar => bar.Value), frame.Left, frame.Right);
        foreach (var at in scale.Ticks)
            svg.Line(scale[at], frame.Top, scale[at], frame.Bottom, "grid");
        frame.XAxis(scale, tick, axis);
        for (var i = 0; i < bars.Count; i++)
        {
            var (bar, y) = (bars[i], frame.Top + i * RowHeight);
            var (from, to) = (scale[Math.Min(0, bar.Value)], scale[Math.Max(0, bar.Value)]);
            svg.Rectangle(from, y + 5, Math.Max(bar.Value == 0 ? 0 : 1, to - from), RowHeight - 10, bar.Style, bar.Tip ?? $"{bar.Label}: {bar.Shown}");
            svg.Text(frame.Left - 8, y + RowHeight / 2 + 4, labels[i], "label", "end");
            svg.Text(to + 8, y + RowHeight / 2 + 4, bar.Shown, "value");
        }

        svg.Line(scale[0], frame.Top, scale[0], frame.Bottom, "base");
        return svg;
    }

    private static string Shortened(string label) => label.Length <= LongestLabel ? label : label[..(LongestLabel - 1)] + "…";
}
