namespace Fintech.Etl.Worker.History;

/// <summary>A day, a month, a quarter or a year whose roll-up does not count every fact there is, or that has none.</summary>
/// <param name="Until">The first day that is not in it.</param>
/// <param name="Marks">What its days were marked with when it was looked at: as long as it grows, somebody is writing.</param>
internal sealed record StaleSpan(string Unit, DateOnly Start, DateOnly Until, long Marks)
{
    public const string Day = "day";
    public const string Month = "month";
}

/// <summary>What one transaction of the service brings up to date: days of a month, a month, or a quarter or year of which every month is up to date.</summary>
internal sealed record RollupWork(string Unit, IReadOnlyList<StaleSpan> Spans)
{
    public DateOnly Start => Spans.Min(span => span.Start);

    public DateOnly Until => Spans.Max(span => span.Until);

    /// <summary>In the given order, days of the same month together.</summary>
    public static IReadOnlyList<RollupWork> Of(IEnumerable<StaleSpan> spans) =>
        [.. spans.GroupBy(span => (span.Unit, span.Start.Year, span.Start.Month)).Select(group => new RollupWork(group.Key.Unit, [.. group]))];

    public override string ToString() => Unit switch
    {
        StaleSpan.Day => $"{Spans.Count} days of {Start:yyyy-MM}",
        StaleSpan.Month => $"{Start:yyyy-MM}",
        _ => $"the {Unit} from {Start:yyyy-MM}",
    };
}
