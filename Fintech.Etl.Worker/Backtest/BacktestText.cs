using System.Globalization;
using Fintech.Etl.Worker.Scoring;

namespace Fintech.Etl.Worker.Backtest;

/// <summary>A report as somebody reads it on a terminal.</summary>
internal static class BacktestText
{
    public static IEnumerable<string> Lines(BacktestReport report, TimeSpan took)
    {
        yield return Text($"{report.Total.Transactions:N0} transactions evaluated after {report.WarmUp:N0} of the time before, in {took.TotalSeconds:N1} s; candidate against live rule set {report.Live.RuleSet.Version}");
        yield return "";
        yield return Text($"{"DAY",-12}{"TRANSACTIONS",14}{"CANDIDATE",12}{"LIVE",12}{"BOTH",12}");
        foreach (var (day, overlap) in report.Days)
            yield return Row(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), overlap);
        yield return Row("all", report.Total);
        yield return Text($"Only the candidate alerts on {report.Total.Candidate - report.Total.Both:N0}, only the live rule set on {report.Total.Live - report.Total.Both:N0}.");

        yield return "";
        yield return Text($"{"RULE",-26}{"EVALUATED",14}{"ALERTED",12}{"SHADOWED",12}{"SNOOZED",12}");
        foreach (var line in Rules("candidate", report.Candidate).Concat(Rules("live", report.Live)))
            yield return line;

        yield return "";
        yield return Text($"{"VALUE",-6}{"ALL",22}{"CANDIDATE",20}{"LIVE",20}");
        foreach (var (currency, value) in report.Values)
            yield return Text($"{currency,-6}{value.All,22:N2}{value.Candidate,20:N2}{value.Live,20:N2}");

        yield return "";
        if (report.Labels == 0)
        {
            yield return "No transaction of the range has a label, so nothing can be said of precision and recall.";
            yield break;
        }

        yield return Text($"{report.Labels:N0} transactions have a label");
        yield return Text($"{"",-12}{"PRECISION",10}{"RECALL",10}{"CAUGHT",10}{"MISSED",10}{"FALSE",10}{"VALUE CAUGHT",20}{"VALUE MISSED",20}");
        yield return Row("candidate", report.CandidateHindsight);
        yield return Row("live", report.LiveHindsight);
    }

    private static IEnumerable<string> Rules(string set, RuleTally tally)
    {
        for (var i = 0; i < tally.RuleSet.Rules.Count; i++)
        {
            var name = $"{set} {tally.RuleSet.Rules[i].Title}";
            yield return Text($"{name,-26}{tally.Evaluated(i),14:N0}{tally.Of(i, RuleOutcome.Alerted),12:N0}{tally.Of(i, RuleOutcome.Shadowed),12:N0}{tally.Of(i, RuleOutcome.Snoozed),12:N0}");
        }
    }

    private static string Row(string name, Overlap overlap) =>
        Text($"{name,-12}{overlap.Transactions,14:N0}{overlap.Candidate,12:N0}{overlap.Live,12:N0}{overlap.Both,12:N0}");

    private static string Row(string name, Hindsight hindsight) =>
        Text($"{name,-12}{Share(hindsight.Precision),10}{Share(hindsight.Recall),10}{hindsight.Caught,10:N0}{hindsight.Missed,10:N0}{hindsight.FalseAlarms,10:N0}{hindsight.AmountCaught,20:N2}{hindsight.AmountMissed,20:N2}");

    private static string Share(double? share) => share is { } known ? Text($"{known:0.0000}") : "none";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
