namespace Fintech.Analysis.Charts;

/// <summary>The rectangle that data are drawn in, with axes around it.</summary>
internal sealed class Frame(Svg svg, double left, double top, double right, double bottom)
{
    public const double Width = 820;

    /// <summary>What the name of a mark takes on top of a chart.</summary>
    public const double MarkRow = 17;

    public double Left { get; } = left;
    public double Top { get; } = top;
    public double Right { get; } = right;
    public double Bottom { get; } = bottom;

    public static (Svg Svg, Frame Frame) Create(string title, string description, double height = 320, double left = 76, double right = 24, double top = 20)
    {
        var svg = new Svg(Width, height, title, description);
        return (svg, new Frame(svg, left, top, Width - right, height - 52));
    }

    public void YAxis(Scale scale, Func<double, string> label, string title)
    {
        foreach (var tick in scale.Ticks)
        {
            var y = scale[tick];
            svg.Line(Left, y, Right, y, tick == 0 ? "base" : "grid");
            svg.Text(Left - 8, y + 4, label(tick), "tick", "end");
        }

        svg.TextUp(16, (Top + Bottom) / 2, title);
    }

    public void XAxis(Scale scale, Func<double, string> label, string title)
    {
        svg.Line(Left, Bottom, Right, Bottom, "base");
        foreach (var tick in scale.Ticks)
        {
            svg.Line(scale[tick], Bottom, scale[tick], Bottom + 5, "base");
            svg.Text(scale[tick], Bottom + 20, label(tick), "tick", "middle");
        }

        XTitle(title);
    }

    public void XTitle(string title) => svg.Text((Left + Right) / 2, Bottom + 42, title, "axis-title", "middle");

    /// <summary>
    /// Vertical lines with their names on top, each in a row of its own and towards the middle. A line begins at its row, so that it crosses the names
    /// of those beside it nowhere: from the left to the middle and from the right to the middle rows go down.
    /// </summary>
    public void Marks(IEnumerable<(double X, string Label, string Style)> marks)
    {
        var middle = (Left + Right) / 2;
        var rows = marks.OrderBy(mark => mark.X > middle).ThenBy(mark => mark.X > middle ? -mark.X : mark.X);
        foreach (var (row, (x, label, style)) in rows.Index())
        {
            var top = Top + row * MarkRow;
            svg.Line(x, top, x, Bottom, $"mark {style}");
            svg.Text(x > middle ? x - 6 : x + 6, top + 12, label, $"mark-label {style}", x > middle ? "end" : "start");
        }
    }
}
