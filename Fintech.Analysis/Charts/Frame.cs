namespace Fintech.Analysis.Charts;

/// <summary>The rectangle that data are drawn in, with axes around it.</summary>
internal sealed class Frame(Svg svg, double left, double top, double right, double bottom)
{
    public const double Width = 820;

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

    /// <summary>A vertical line with its name on top, on whichever side there is room.</summary>
    public void Mark(double x, string label, string style, int row = 0, bool toTheRight = false)
    {
        svg.Line(x, Top, x, Bottom, $"mark {style}");
        var leftward = x > (Left + Right) / 2 && !(toTheRight && x + 6 + label.Length * 7.4 < Right);
        svg.Text(leftward ? x - 6 : x + 6, Top + 12 + row * 17, label, $"mark-label {style}", leftward ? "end" : "start");
    }
}
