using System.Globalization;
using System.Net;
using System.Text;

namespace Fintech.Analysis.Charts;

/// <summary>
/// One chart as SVG text. Colours are classes of the document's style sheet, never inline styles, which its content security
/// policy refuses. What has a tip shows it where scripts run; everything that matters is in the picture or the table below it.
/// </summary>
internal sealed class Svg(double width, double height, string title, string description)
{
    private static int count;

    private readonly StringBuilder text = new();
    private readonly string id = $"chart-{Interlocked.Increment(ref count)}";

    public double Width { get; } = width;
    public double Height { get; } = height;

    public void Line(double x1, double y1, double x2, double y2, string style) =>
        text.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x1:0.#}\" y1=\"{y1:0.#}\" x2=\"{x2:0.#}\" y2=\"{y2:0.#}\" class=\"{style}\"/>");

    public void Rectangle(double x, double y, double w, double h, string style, string? tip = null, double? opacity = null)
    {
        text.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{Math.Max(0, w):0.##}\" height=\"{Math.Max(0, h):0.##}\" class=\"{style}\"");
        if (opacity is { } o)
            text.Append(CultureInfo.InvariantCulture, $" fill-opacity=\"{o:0.###}\"");
        End(tip);
    }

    public void Circle(double x, double y, double radius, string style, string? tip = null)
    {
        text.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{x:0.##}\" cy=\"{y:0.##}\" r=\"{radius:0.#}\" class=\"{style}\"");
        End(tip);
    }

    public void Polyline(IEnumerable<(double X, double Y)> points, string style) =>
        text.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{Points(points)}\" class=\"{style}\"/>");

    public void Polygon(IEnumerable<(double X, double Y)> points, string style) =>
        text.Append(CultureInfo.InvariantCulture, $"<polygon points=\"{Points(points)}\" class=\"{style}\"/>");

    /// <param name="anchor">start, middle or end.</param>
    public void Text(double x, double y, string label, string style = "label", string anchor = "start") =>
        text.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" class=\"{style}\" text-anchor=\"{anchor}\">{WebUtility.HtmlEncode(label)}</text>");

    /// <summary>Reads upwards, as the title of a vertical axis does.</summary>
    public void TextUp(double x, double y, string label, string style = "axis-title") =>
        text.Append(CultureInfo.InvariantCulture, $"<text transform=\"translate({x:0.#} {y:0.#}) rotate(-90)\" class=\"{style}\" text-anchor=\"middle\">{WebUtility.HtmlEncode(label)}</text>");

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"""
        <svg viewBox="0 0 {Width:0} {Height:0}" role="img" aria-labelledby="{id}-t {id}-d" xmlns="http://www.w3.org/2000/svg"><title id="{id}-t">{WebUtility.HtmlEncode(title)}</title><desc id="{id}-d">{WebUtility.HtmlEncode(description)}</desc>{text}</svg>
        """);

    private void End(string? tip)
    {
        if (tip is not null)
            text.Append($" data-tip=\"{WebUtility.HtmlEncode(tip)}\"");
        text.Append("/>");
    }

    private static string Points(IEnumerable<(double X, double Y)> points) =>
        string.Join(' ', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.X:0.##},{point.Y:0.##}")));
}
