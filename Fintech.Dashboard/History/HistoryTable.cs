namespace Fintech.Dashboard.History;

/// <summary>A chart's numbers: drawn, shown as a table, and exported, all three from here.</summary>
/// <param name="Headline">The finding, computed; null where there is nothing to find.</param>
/// <param name="Sentences">What else the numbers say.</param>
/// <param name="Rows">In the order of the columns: text, whole numbers, decimals, truth values, null.</param>
internal sealed record HistoryTable(string? Headline, IReadOnlyList<string> Sentences, IReadOnlyList<HistoryColumn> Columns, IReadOnlyList<object?[]> Rows)
{
    /// <summary>"All revenue in USD is from Fuel" is not true of a page that shows nothing but Fuel: what is found of a part says so.</summary>
    public HistoryTable SaidOf(HistoryQuery query) => Headline is null || !query.IsNarrowed ? this : this with { Headline = $"Of what is shown: {Headline}" };
}

/// <param name="Name">In JSON and as the heading of the CSV.</param>
/// <param name="Title">For people.</param>
internal sealed record HistoryColumn(string Name, string Title, ColumnKind Kind);

[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<ColumnKind>))]
internal enum ColumnKind
{
    Text,
    Count,
    /// <summary>In the currency that was asked for.</summary>
    Money,
    /// <summary>Between 0 and 1.</summary>
    Share,
    Number,
    Flag,
}
