namespace Fintech.Analysis.Charts;

/// <summary>A column from one x to another.</summary>
internal sealed record Column(double From, double To, double Value, string Tip, string Style = "fill-1");

/// <param name="At">In the units of x.</param>
internal sealed record ChartMark(double At, string Label, string Style);

internal static class ColumnChart
{
    /// <summary>Columns over a logarithmic axis, with marked places.</summary>
    public static Svg Logarithmic(
        string title, string description, IReadOnlyList<Column> columns, IReadOnlyList<ChartMark> marks, string xTitle, string yTitle)
    {
        var (svg, frame) = Frame.Create(title, description, 360);
        var x = Scale.Logarithmic(columns.Min(column => column.From), columns.Max(column => column.To), frame.Left, frame.Right);
        var y = Scale.Counts(columns.Max(column => column.Value), frame.Bottom, frame.Top + marks.Count * Frame.MarkRow + 6);
        frame.YAxis(y, Format.Compact, yTitle);
        foreach (var column in columns)
            svg.Rectangle(x[column.From] + 0.75, y[column.Value], x[column.To] - x[column.From] - 1.5, frame.Bottom - y[column.Value], column.Style, column.Tip);
        frame.XAxis(x, Format.Compact, xTitle);
        frame.Marks(marks.Select(mark => (x[mark.At], mark.Label, mark.Style)));
        return svg;
    }

    /// <summary>Columns side by side over time.</summary>
    public static Svg OverTime(
        string title, string description, IReadOnlyList<(DateTimeOffset At, double Value, string Tip)> columns, bool byHour, string xTitle, string yTitle, string style)
    {
        var (svg, frame) = Frame.Create(title, description, 260);
        var axis = new TimeAxis([.. columns.Select(column => column.At)], byHour);
        var slot = (frame.Right - frame.Left) / axis.Slots;
        var y = Scale.Counts(columns.Max(column => column.Value), frame.Bottom, frame.Top);
        frame.YAxis(y, Format.Compact, yTitle);
        var width = Math.Min(60, slot * 0.8);
        foreach (var (at, value, tip) in columns)
            svg.Rectangle(frame.Left + (axis.Slot(at) + 0.5) * slot - width / 2, y[value], width, frame.Bottom - y[value], style, tip);
        svg.Line(frame.Left, frame.Bottom, frame.Right, frame.Bottom, "base");
        foreach (var (index, label) in axis.Labels())
            svg.Text(frame.Left + (index + 0.5) * slot, frame.Bottom + 20, label, "tick", "middle");
        frame.XTitle(xTitle);
        return svg;
    }
}
