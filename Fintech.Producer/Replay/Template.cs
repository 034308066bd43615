using CsvHelper;

namespace Fintech.Producer.Replay;

/// <summary>A text with columns in braces, <c>Terminal {terminal_id}</c>, bound to where the columns are.</summary>
internal sealed class Template
{
    // Texts and columns in turn: a part has one or the other.
    private readonly List<(string? Text, int Column)> parts = [];

    private Template()
    {
    }

    /// <param name="fault">What is wrong, in a sentence; null where nothing is.</param>
    public static Template Bind(string text, CsvReader csv, out string? fault)
    {
        var template = new Template();
        fault = null;
        for (var at = 0; at < text.Length && fault is null;)
        {
            var open = text.IndexOf('{', at);
            var close = open < 0 ? -1 : text.IndexOf('}', open);
            if (close < 0)
            {
                template.parts.Add((text[at..], -1));
                break;
            }

            if (open > at)
                template.parts.Add((text[at..open], -1));
            var name = text[(open + 1)..close];
            if (csv.TryGetFieldIndex(name, out var column))
                template.parts.Add((null, column));
            else
                fault = $"The file has no column '{name}'.";
            at = close + 1;
        }

        return template;
    }

    public string Of(CsvReader csv) => parts is [(null, var only)]
        ? csv.GetString(only)
        : string.Concat(parts.Select(part => part.Text ?? csv.GetString(part.Column)));
}
