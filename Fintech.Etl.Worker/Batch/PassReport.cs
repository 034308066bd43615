using System.Globalization;

namespace Fintech.Etl.Worker.Batch;

/// <summary>One line of what a pass did, kept in <c>etl.run.stages</c> and printed by the command.</summary>
/// <param name="Seconds">Null where the line is a part of another that has the time.</param>
internal sealed record StageLine(string Stage, string What, long Rows, decimal? Amount, double? Seconds)
{
    /// <summary><c>EXTRACT    transactions           100,000 rows      4,512,345.67      0.41 s</c></summary>
    public override string ToString()
    {
        var amount = Amount is { } sum ? sum.ToString("N2", CultureInfo.InvariantCulture) : "";
        var seconds = Seconds is { } took ? string.Create(CultureInfo.InvariantCulture, $"{took:F2} s") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{Stage.ToUpperInvariant(),-10} {What,-24} {Rows,14:N0} rows {amount,22} {seconds,11}").TrimEnd();
    }
}

internal sealed record CheckResult(Check Check, long Failures, string[] Sample, string? Detail)
{
    public bool Passed => Failures == 0;
}

/// <summary>What a pass did, filled step by step, so that a failed one can tell how far it came.</summary>
internal sealed class PassReport
{
    private static readonly string[] Order = ["extract", "transform", "load", "reconcile"];
    private readonly List<StageLine> stages = [];

    public long RunId { get; set; }

    /// <summary>From before the warehouse was opened until after the commit; zero of a pass that failed.</summary>
    public TimeSpan Took { get; set; }

    /// <summary>What the pass is at, completes "While …".</summary>
    public string Doing { get; set; } = "opening the warehouse";

    /// <summary>For whoever looks on from another thread, which the books are not for.</summary>
    public long RowsExpected { get; set; }

    /// <inheritdoc cref="RowsExpected"/>
    public long RowsRead { get; set; }

    public PassBooks Books { get; } = new();
    public PassTotals Totals => Books.Total;
    public IReadOnlyList<CheckResult> Checks { get; set; } = [];

    /// <summary>The tables take their turns in extract, transform and load; told stage by stage it is easier to read.</summary>
    public List<StageLine> Stages => [.. stages.OrderBy(line => Array.IndexOf(Order, line.Stage))];

    public void Add(string stage, string what, long rows, decimal? amount, double? seconds) =>
        stages.Add(new StageLine(stage, what, rows, amount, seconds));

    /// <summary>A line for each currency; the time is that of all.</summary>
    public void Add(string stage, string what, Func<PassTotals, Tally> entry, double? seconds)
    {
        var pages = Books.Pages.ToList();
        foreach (var (currency, totals) in pages)
        {
            Add(stage, pages.Count == 1 ? what : $"{what}, {currency}", entry(totals).Rows, entry(totals).Amount, seconds);
            seconds = null;
        }

        if (pages.Count == 0)
            Add(stage, what, 0, 0, seconds);
    }
}
