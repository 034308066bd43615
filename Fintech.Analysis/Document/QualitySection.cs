using Fintech.Analysis.Charts;
using Fintech.Analysis.Figures;

namespace Fintech.Analysis.Document;

/// <summary>Whether the data can be relied on: what the front page says of it, and the books behind.</summary>
internal sealed class Quality(AnalysisData data)
{
    public IReadOnlyList<Reconciled> Reconciliation { get; } =
        [.. data.Quality.All("reconciliation", RowJson.Default.Reconciled).OrderBy(r => r.Currency, StringComparer.Ordinal)];
    public Passes? Passes { get; } = data.Quality.First("passes", RowJson.Default.Passes);
    public NewestPass? Newest { get; } = data.Quality.First("newest", RowJson.Default.NewestPass);
    public Loads? Loads { get; } = data.Arrivals.First("load", RowJson.Default.Loads);

    /// <summary>The aggregates know no event time, so they are compared over everything, also where a period was asked for.</summary>
    private string Over { get; } = data.Period.IsEverything ? "" : " of the whole warehouse";

    private List<Reconciled> Differing => [.. Reconciliation.Where(r => !r.Agrees)];

    public bool IsSound => Differing.Count == 0
        && Loads is { Unsound: 0, Unknown: 0 }
        && Newest is null or { Status: "succeeded", Balanced: true, ChecksBlocked: 0 };

    public string Headline()
    {
        if (Differing.Count > 0)
            return $"Facts and aggregates{Over} differ in {Format.List([.. Differing.Select(r => r.Currency)])}";
        return Reconciliation.Count == 1
            ? $"Facts and aggregates{Over} agree to the cent: {Format.Money(Reconciliation[0].FactsAmount, Reconciliation[0].Currency)}"
            : $"Facts and aggregates{Over} agree to the cent in all {Reconciliation.Count} currencies";
    }

    /// <summary>Everything that the status rests on, one sentence each, good or bad.</summary>
    public IEnumerable<string> Reasons()
    {
        foreach (var r in Reconciliation)
        {
            yield return r.Agrees
                ? $"{r.Currency}: {Format.Count(r.Facts, "fact")}{Over}, {Format.Money(r.FactsAmount, r.Currency)}; the aggregates say the same."
                : $"{r.Currency}: facts{Over} are {Format.Count(r.Facts)}, {Format.Money(r.FactsAmount, r.Currency)}; aggregates {Format.Count(r.Aggregated)}, {Format.Money(r.AggregatedAmount, r.Currency)}.";
        }

        if (Loads is { Runs: > 0 } loads)
        {
            var commands = loads.Runs - loads.Batches - loads.Streams - loads.Unknown;
            List<string> by =
            [
                loads.Batches == 0 ? "no batch pass" : Format.Count(loads.Batches, "batch pass", "batch passes"),
                loads.Streams == 0 ? "no session of the stream" : Format.Count(loads.Streams, "session") + " of the stream",
            ];
            if (commands > 0)
                by.Add(Format.Count(commands, "command", "commands"));
            var which = loads.FirstRun == loads.LastRun ? $"run {loads.FirstRun}" : $"runs {loads.FirstRun} to {loads.LastRun}";
            yield return $"What was read was brought by {Format.List(by)} ({which}).";
            if (loads.Batches > 0)
                yield return loads.Unsound == 0
                    ? "Their books balance: read = loaded + quarantined + already known, in rows and in money."
                    : $"{Format.Count(loads.Unsound)} of the batch passes failed, did not balance, or had a check that blocks.";
            if (loads.Unknown > 0)
                yield return $"{Format.Count(loads.Unknown, "run")} that wrote rows {(loads.Unknown == 1 ? "has" : "have")} no entry in the books.";
        }

        yield return Newest switch
        {
            null => "No batch pass has been recorded.",
            { Status: "succeeded", ChecksBlocked: 0, Balanced: true } n => $"The newest batch pass, run {n.RunId}, succeeded ({Format.Moment(n.StartedAt)} UTC){(n.ChecksWarned == 0 ? "." : $"; {Format.Count(n.ChecksWarned, "check")} had findings that do not block.")}",
            var n => $"The newest batch pass, run {n.RunId}, {(n.Status == "succeeded" ? "does not balance" : n.Status)} ({Format.Moment(n.StartedAt)} UTC).",
        };
    }
}

internal static class QualitySection
{
    public static string Write(Html html, AnalysisData data, Quality quality)
    {
        var headline = quality.Headline();
        html.Section("quality", "Can the data be relied on?");
        html.Paragraph("This section is about all of the warehouse, whatever the period. Facts and aggregates are written by different statements; that they agree says that neither lost or doubled a row.");

        var rejectedAt = data.Quality.All("rejected_at", RowJson.Default.RejectedAt).OrderBy(r => r.At).ToList();
        var rejected = data.Quality.All("rejected", RowJson.Default.Rejected);
        var reasons = rejected.GroupBy(r => r.CheckName).Select(r => (Check: r.Key, Rows: r.Sum(x => x.Rows), Open: r.Where(x => x.Status == "open").Sum(x => x.Rows)))
            .OrderByDescending(r => r.Rows).ThenBy(r => r.Check, StringComparer.Ordinal).ToList();
        html.Heading(headline);
        html.Insights(Sentences(quality, reasons));
        if (rejectedAt.Count > 0)
        {
            var unit = rejectedAt[0].ByHour ? "hour" : "day";
            var finding = ReasonsHeadline(reasons);
            html.Chart(finding, BarChart.Draw(finding, $"Bars of rejected rows by check: {string.Join("; ", reasons.Select(r => $"{r.Check} {Format.Count(r.Rows)}"))}.",
                    [.. reasons.Take(12).Select(r => new Bar(r.Check, r.Rows, Format.Count(r.Rows, "row"), Style: "fill-warn"))], "Rows rejected", Format.Compact),
                reasons.Count > 12 ? "Rows in quarantine by the check they failed, the twelve most frequent." : "Rows in quarantine by the check they failed.");
            var over = RejectedHeadline(rejectedAt, unit);
            if (rejectedAt.Count == 1)
                html.Heading(over);      // One column would show nothing that the sentence does not say.
            else
                html.Chart(over, ColumnChart.OverTime(over, $"Columns of rejected rows per {unit}: {string.Join("; ", rejectedAt.TakeLast(20).Select(r => $"{Format.Moment(r.At)} {Format.Count(r.Rows)}"))}.",
                        [.. rejectedAt.Select(r => (r.At, (double)r.Rows, $"{Format.Moment(r.At)} UTC: {Format.Count(r.Rows, "row")} rejected"))], rejectedAt[0].ByHour,
                        $"{(rejectedAt[0].ByHour ? "Hour" : "Day")} of rejection, UTC", "Rows rejected", "fill-warn"),
                    $"Rows rejected per {unit}, whichever way they came.");
            html.Table($"Rejections per {unit}", [$"{(unit == "hour" ? "Hour" : "Day")} of rejection, UTC", "Rows#"],
                rejectedAt.Select(r => (IReadOnlyList<string>)[unit == "hour" ? Format.Moment(r.At) : Format.Day(r.At), Format.Count(r.Rows)]));
            html.Table("Quarantine by check", ["Check", "Rows#", "Still open#"], reasons.Select(r => (IReadOnlyList<string>)[r.Check, Format.Count(r.Rows), Format.Count(r.Open)]));
        }

        var checks = data.Quality.All("check", RowJson.Default.FailedCheck).OrderByDescending(c => c.Failures).ThenBy(c => c.Name, StringComparer.Ordinal).ToList();
        if (checks.Count > 0)
            html.Table("Checks of batch passes that found something", ["Check", "Severity", "Passes#", "Findings#"],
                checks.Select(c => (IReadOnlyList<string>)[c.Name, c.Severity, Format.Count(c.Passes), Format.Count(c.Failures)]));
        html.Table("Reconciliation", ["Currency", "Facts#", "Their sum#", "Aggregated#", "Their sum#", "Agree"],
            quality.Reconciliation.Select(r => (IReadOnlyList<string>)
                [r.Currency, Format.Count(r.Facts), Format.Amount(r.FactsAmount), Format.Count(r.Aggregated), Format.Amount(r.AggregatedAmount), r.Agrees ? "yes" : "no"]));
        html.Sql(data.Quality);
        html.EndSection();
        return headline;
    }

    public static string ReasonsHeadline(IReadOnlyList<(string Check, long Rows, long Open)> reasons)
    {
        var all = reasons.Sum(r => r.Rows);
        if (reasons.Count == 1)
            return $"All {Format.Count(all, "rejected row")} failed one check, {reasons[0].Check}";
        return reasons[0].Rows > reasons[1].Rows
            ? $"{reasons[0].Check} rejects most: {Format.Count(reasons[0].Rows)} of {Format.Count(all, "row")}"
            : $"{reasons.Count(r => r.Rows == reasons[0].Rows)} checks reject the same number of rows, {Format.Count(reasons[0].Rows)} each";
    }

    private static string RejectedHeadline(List<RejectedAt> rejected, string unit)
    {
        var most = rejected.Max(r => r.Rows);
        var when = rejected.Where(r => r.Rows == most).ToList();
        if (rejected.Count == 1)
            return $"All rejections happened within one {unit}, {(unit == "hour" ? Format.Moment(when[0].At) : Format.Day(when[0].At))}";
        return when.Count == 1
            ? $"Most rows were rejected in the {unit} of {(unit == "hour" ? Format.Moment(when[0].At) : Format.Day(when[0].At))}: {Format.Count(most)}"
            : $"In no {unit} were more than {Format.Count(most, "row")} rejected";
    }

    private static IEnumerable<string> Sentences(Quality quality, List<(string Check, long Rows, long Open)> reasons)
    {
        if (quality.Passes is { Count: > 0 } p)
        {
            yield return $"{Format.Count(p.Count, "batch pass has", "batch passes have")} ended, {(p.Failed == 0 ? "none of them in failure" : $"{Format.Count(p.Failed)} of them in failure")}; "
                + $"those that succeeded read {Format.Count(p.RowsRead, "row")}: {Format.Count(p.RowsLoaded)} loaded, {Format.Count(p.RowsQuarantined)} quarantined, {Format.Count(p.RowsKnown)} known already.";
            if (p.Unbalanced > 0)
                yield return $"{Format.Count(p.Unbalanced)} of them {(p.Unbalanced == 1 ? "does" : "do")} not balance.";
        }

        yield return reasons.Count == 0
            ? "No row is in quarantine."
            : $"The quarantine holds {Format.Count(reasons.Sum(r => r.Rows), "row")}, {Format.Count(reasons.Sum(r => r.Open))} of them undecided.";
    }
}
