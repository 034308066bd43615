namespace Fintech.Analysis.Charts;

internal static class LineChart
{
    /// <param name="points">In order. One that is not whole (a day that had begun, or has not ended) is drawn hollow.</param>
    public static Svg Trend(
        string title, string description, IReadOnlyList<(DateTimeOffset At, double Value, bool Whole, string Tip)> points, bool byHour, string xTitle, string yTitle, Func<double, string> tick)
    {
        var (svg, frame) = Frame.Create(title, description);
        var axis = new TimeAxis([.. points.Select(point => point.At)], byHour);
        var slot = (frame.Right - frame.Left) / axis.Slots;
        var y = Scale.FromZero(points.Min(point => point.Value), points.Max(point => point.Value), frame.Bottom, frame.Top);
        frame.YAxis(y, tick, yTitle);
        var drawn = points.Select(point => (X: frame.Left + (axis.Slot(point.At) + 0.5) * slot, Y: y[point.Value], point.Whole, point.Tip)).ToList();
        if (drawn.Count > 1)
        {
            svg.Polygon([(drawn[0].X, y[0]), .. drawn.Select(point => (point.X, point.Y)), (drawn[^1].X, y[0])], "area-1");
            svg.Polyline(drawn.Select(point => (point.X, point.Y)), "line-1");
        }

        var radius = drawn.Count > 60 ? 2.5 : 4.5;
        foreach (var point in drawn)
            svg.Circle(point.X, point.Y, radius, point.Whole ? "dot-1" : "dot-1 hollow", point.Tip);
        foreach (var (index, label) in axis.Labels())
            svg.Text(frame.Left + (index + 0.5) * slot, frame.Bottom + 20, label, "tick", "middle");
        frame.XTitle(xTitle);
        return svg;
    }

    /// <summary>The Lorenz curve beside the diagonal on which everyone would have the same.</summary>
    public static Svg Lorenz(string title, string description, IReadOnlyList<(double X, double Y)> points)
    {
        var svg = new Svg(Frame.Width, 400, title, description);
        var frame = new Frame(svg, 216, 16, 556, 348);
        double[] ticks = [0, 0.25, 0.5, 0.75, 1];
        var x = Scale.Exact(0, 1, frame.Left, frame.Right, ticks);
        var y = Scale.Exact(Math.Min(0, points.Min(point => point.Y)), 1, frame.Bottom, frame.Top, ticks);
        svg.TextUp(frame.Left - 62, (frame.Top + frame.Bottom) / 2, "Share of revenue");
        foreach (var tick in ticks)
        {
            svg.Line(frame.Left, y[tick], frame.Right, y[tick], tick == 0 ? "base" : "grid");
            svg.Text(frame.Left - 8, y[tick] + 4, $"{tick * 100:0} %", "tick", "end");
        }

        frame.XAxis(x, tick => $"{tick * 100:0} %", "Share of customers, those with least revenue first");
        IReadOnlyList<(double X, double Y)> curve = [(x[0], y[0]), .. points.Select(point => (x[point.X], y[point.Y]))];
        svg.Polygon([.. curve, (x[0], y[0])], "area-1");
        svg.Line(x[0], y[0], x[1], y[1], "mark muted");
        svg.Polyline(curve, "line-1");
        foreach (var (px, py) in points)
            svg.Circle(x[px], y[py], 6, "hit", $"The {px * 100:0.#} % with least revenue have {py * 100:0.#} % of it");
        svg.Text(x[0.42] - 10, y[0.5], "everyone the same", "mark-label muted", "end");
        return svg;
    }

    /// <summary>
    /// A falling curve with one place marked. Where it falls by more than a hundredth, the vertical axis is logarithmic, and points at zero, which such an axis
    /// does not have, are left out.
    /// </summary>
    public static Svg Curve(
        string title, string description, IReadOnlyList<(double X, double Y, string Tip)> points, ChartMark mark, string xTitle, string yTitle)
    {
        var (svg, frame) = Frame.Create(title, description, 340);
        var x = Scale.FromZero(0, points.Max(point => point.X), frame.Left, frame.Right, 8);
        var (least, most) = (points.Select(point => point.Y).Where(value => value > 0).DefaultIfEmpty(1).Min(), points.Max(point => point.Y));
        var isSteep = most >= 100 * least;
        var y = isSteep
            ? Scale.Logarithmic(Math.Pow(10, Math.Floor(Math.Log10(least))), Math.Pow(10, Math.Ceiling(Math.Log10(most))), frame.Bottom, frame.Top)
            : Scale.Counts(most, frame.Bottom, frame.Top);
        if (isSteep)
            points = [.. points.Where(point => point.Y > 0)];
        frame.YAxis(y, Format.Compact, isSteep ? yTitle + " (logarithmic)" : yTitle);
        frame.XAxis(x, Format.Compact, xTitle);
        svg.Polyline(points.Select(point => (x[point.X], y[point.Y])), "line-1");
        frame.Marks([(x[mark.At], mark.Label, mark.Style)]);
        foreach (var point in points)
            svg.Circle(x[point.X], y[point.Y], 4.5, point.X == mark.At ? "dot-mark" : "dot-1", point.Tip);
        return svg;
    }
}
