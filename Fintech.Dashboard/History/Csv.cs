using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace Fintech.Dashboard.History;

/// <summary>
/// RFC 4180 with a heading, in UTF-8. Text that a spreadsheet would take for a formula, since it begins with = + - @ or a
/// control character, gets an apostrophe before it; numbers are numbers, also negative ones.
/// </summary>
internal static class Csv
{
    public static async Task WriteAsync(HistoryTable table, PipeWriter output, CancellationToken cancellationToken)
    {
        Line(table.Columns.Select(column => column.Name), output);
        foreach (var row in table.Rows)
        {
            Line(row.Zip(table.Columns, (value, column) => Field(value, column.Kind)), output);
            await output.FlushAsync(cancellationToken);
        }

        await output.FlushAsync(cancellationToken);
    }

    private static void Line(IEnumerable<string> fields, PipeWriter output) => Encoding.UTF8.GetBytes(string.Join(',', fields) + "\r\n", output);

    internal static string Field(object? value, ColumnKind kind) => value switch
    {
        null => "",
        decimal amount when kind == ColumnKind.Money => amount.ToString("0.00##", CultureInfo.InvariantCulture),
        string text => Quoted(text is ['=' or '+' or '-' or '@' or '\t' or '\r' or '\n', ..] ? "'" + text : text),
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new InvalidOperationException($"A field of type {value.GetType().Name} has no form in CSV."),
    };

    private static string Quoted(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n'") >= 0 ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
