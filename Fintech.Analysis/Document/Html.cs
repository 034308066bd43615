using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Fintech.Analysis.Charts;
using Fintech.Analysis.Figures;

namespace Fintech.Analysis.Document;

/// <summary>The body of the document, piece by piece. Every text is escaped here: names of merchants and rules are data, never markup.</summary>
internal sealed partial class Html
{
    private readonly StringBuilder text = new();
    private int figures;

    public static string Escape(string raw) => WebUtility.HtmlEncode(raw);

    public void Section(string id, string title) => text.Append($"<section id=\"{id}\"><h2>{Escape(title)}</h2>");

    public void EndSection() => text.Append("</section>");

    public void Heading(string title) => text.Append($"<h3>{Escape(title)}</h3>");

    public void Paragraph(string sentence, string? style = null) =>
        text.Append(style is null ? $"<p>{Escape(sentence)}</p>" : $"<p class=\"{style}\">{Escape(sentence)}</p>");

    /// <summary>Sentences that were computed, one paragraph.</summary>
    public void Insights(IEnumerable<string> sentences)
    {
        var joined = string.Join(' ', sentences.Where(sentence => sentence.Length > 0));
        if (joined.Length > 0)
            Paragraph(joined, "insight");
    }

    public void List(IEnumerable<string> items, string style)
    {
        text.Append($"<ul class=\"{style}\">");
        foreach (var item in items)
            text.Append($"<li>{Escape(item)}</li>");
        text.Append("</ul>");
    }

    public void Tiles(IEnumerable<(string Label, string Value, string Note)> tiles)
    {
        text.Append("<dl class=\"tiles\">");
        foreach (var (label, value, note) in tiles)
            text.Append($"<div><dt>{Escape(label)}</dt><dd><strong>{Escape(value)}</strong><span>{Escape(note)}</span></dd></div>");
        text.Append("</dl>");
    }

    public void Status(bool sound, string label, IEnumerable<string> reasons)
    {
        text.Append($"<div class=\"status {(sound ? "sound" : "unsound")}\"><strong>{Escape(label)}</strong>");
        List(reasons, "reasons");
        text.Append("</div>");
    }

    /// <param name="finding">The title: what the figure shows, in words.</param>
    public void Chart(string finding, Svg chart, string caption) => text.Append(CultureInfo.InvariantCulture,
        $"<figure><h3>{Escape(finding)}</h3><div class=\"chart\">{chart}</div><figcaption>Figure {++figures}. {Escape(caption)}</figcaption></figure>");

    /// <param name="columns">A name that ends in # is of numbers, aligned right.</param>
    public void Table(string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, bool folded = true)
    {
        text.Append(folded ? $"<details class=\"numbers\"><summary>{Escape(caption)}</summary>" : "");
        text.Append("<div class=\"scroll\"><table><thead><tr>");
        foreach (var column in columns)
            text.Append($"<th scope=\"col\"{Right(column)}>{Escape(column.TrimEnd('#'))}</th>");
        text.Append("</tr></thead><tbody>");
        foreach (var row in rows)
        {
            text.Append("<tr>");
            for (var i = 0; i < row.Count; i++)
                text.Append($"<td{Right(columns[i])}>{Escape(row[i])}</td>");
            text.Append("</tr>");
        }

        text.Append("</tbody></table></div>").Append(folded ? "</details>" : "");
    }

    public void Sql(Figure figure) => text.Append(CultureInfo.InvariantCulture,
        $"<details class=\"sql\"><summary>The statement behind these numbers, {figure.Name}.sql ({figure.Took.TotalSeconds:0.0} s)</summary><pre><code>{Highlighted(figure.Statement)}</code></pre></details>");

    public override string ToString() => text.ToString();

    private static string Right(string column) => column.EndsWith('#') ? " class=\"number\"" : "";

    /// <summary>Keywords and comments, found in the escaped text: escaping leaves both as they are.</summary>
    private static string Highlighted(string sql) => string.Join('\n', Escape(sql).Split('\n').Select(line =>
        line.StartsWith("--", StringComparison.Ordinal) ? $"<i>{line}</i>" : Keyword().Replace(line, "<b>$0</b>")));

    [GeneratedRegex(@"\b(select|from|where|group by|order by|partition by|window|with|as materialized|join|left join|union all|on|using|and|or|not|case|when|then|else|end|filter|over|distinct|limit|values|is|null)\b")]
    private static partial Regex Keyword();
}
