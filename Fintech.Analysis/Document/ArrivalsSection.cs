using Fintech.Analysis.Charts;
using Fintech.Analysis.Figures;

namespace Fintech.Analysis.Document;

/// <summary>What arrived late.</summary>
internal static class ArrivalsSection
{
    private static readonly string[] Names =
        ["before the event", "within 1 second", "1 to 10 seconds", "10 seconds to 1 minute", "1 to 10 minutes", "10 minutes to 1 hour", "1 to 24 hours", "after more than 24 hours"];

    // The headline names the first of these in which nearly everything was there.
    private static readonly (int Bucket, string Name)[] Limits =
        [(1, "1 second"), (2, "10 seconds"), (3, "1 minute"), (4, "10 minutes"), (5, "1 hour"), (6, "24 hours")];

    private const decimal NearlyAll = 0.95m;

    public static string Headline(IReadOnlyList<Delay> delays)
    {
        var (stream, batch) = (Of(delays, "stream"), Of(delays, "batch"));
        var all = stream.Sum(d => d.Transactions);
        if (all == 0)
            return $"Nothing came by stream; a batch brought {Format.Count(batch.Sum(d => d.Transactions), "transaction")}";

        foreach (var (bucket, name) in Limits)
        {
            var there = stream.Where(d => d.Bucket <= bucket).Sum(d => d.Transactions);
            if (there == all)
                return $"Everything that came by stream arrived within {name} of the event";
            if (there >= all * NearlyAll)
                return $"{Begin(Format.Share(there, all))} of what came by stream arrived within {name} of the event";
        }

        var late = stream.Where(d => d.Bucket == 7).Sum(d => d.Transactions);
        return $"{Begin(Format.Share(late, all))} of what came by stream arrived more than 24 hours after the event";
    }

    public static IEnumerable<string> Sentences(IReadOnlyList<Delay> delays)
    {
        var stream = Of(delays, "stream");
        var (all, late, ahead) = (stream.Sum(d => d.Transactions), stream.Sum(d => d.AfterItsDay), stream.Where(d => d.Bucket == 0).Sum(d => d.Transactions));
        if (all > 0)
            yield return late == 0
                ? $"None of {Format.Count(all, "transaction")} by stream arrived after its UTC day was over."
                : $"{Format.Count(late)} of {Format.Count(all, "transaction")} by stream ({Format.Share(late, all)}) arrived after {(late == 1 ? "its" : "their")} UTC day was over, and changed a day's figures afterwards.";
        if (ahead > 0)
            yield return $"{Format.Count(ahead)} of the stream arrived before the time they tell for the event: a clock upstream is ahead.";
        if (Of(delays, "batch").Count > 0)
            yield return "A batch takes what the ledger already has, so its delay says when it was loaded, not that anything was slow.";
    }

    public static string Write(Html html, AnalysisData data)
    {
        var delays = data.Arrivals.All("delay", RowJson.Default.Delay);
        var headline = Headline(delays);
        html.Section("arrivals", "What arrived late?");
        html.Paragraph("The delay is from the event to its arrival in the stream, or to the begin of the batch pass that loaded it.");
        foreach (var (cameBy, finding) in new[] { ("stream", headline), ("batch", BatchHeadline(Of(delays, "batch"))) })
        {
            var some = Of(delays, cameBy);
            if (some.Count == 0)
                continue;
            if (some.Select(d => d.Bucket).Distinct().Count() == 1)
            {
                html.Heading(finding);      // One bar would show nothing that the sentence does not say.
                continue;
            }

            var all = some.Sum(d => d.Transactions);
            var bars = Enumerable.Range(0, Names.Length).Select(bucket => (Bucket: bucket, Count: some.Where(d => d.Bucket == bucket).Sum(d => d.Transactions)))
                .Where(bar => bar.Bucket >= some.Min(d => d.Bucket) && bar.Bucket <= some.Max(d => d.Bucket))
                .Select(bar => new Bar(Names[bar.Bucket], bar.Count, bar.Count == 0 ? "0" : $"{Format.Count(bar.Count)}  ({Format.Share(bar.Count, all)})")).ToList();
            html.Chart(finding, BarChart.Draw(finding, $"Bars of transactions by delay: {string.Join("; ", bars.Select(bar => $"{bar.Label} {bar.Shown}"))}.", bars, "Transactions", Format.Compact),
                $"Transactions that came by {cameBy}, by delay.");
        }

        html.Insights(Sentences(delays));
        html.Table("Delays", ["Came by", "Delay", "Transactions#", "After their UTC day#"],
            delays.OrderByDescending(d => d.CameBy, StringComparer.Ordinal).ThenBy(d => d.Bucket).Select(d => (IReadOnlyList<string>)[d.CameBy, Names[d.Bucket], Format.Count(d.Transactions), Format.Count(d.AfterItsDay)]));
        html.Sql(data.Arrivals);
        html.EndSection();
        return headline;
    }

    private static string BatchHeadline(List<Delay> batch)
    {
        var (all, old) = (batch.Sum(d => d.Transactions), batch.Where(d => d.Bucket == 7).Sum(d => d.Transactions));
        return old == 0 ? "What came by batch was loaded within a day of the event"
            : old == all ? "Everything that came by batch was more than a day old when it was loaded"
            : $"{Begin(Format.Share(old, all))} of what came by batch was more than a day old when it was loaded";
    }

    /// <summary>A share may begin with words: "more than 99.99 %".</summary>
    private static string Begin(string sentence) => char.ToUpperInvariant(sentence[0]) + sentence[1..];

    private static List<Delay> Of(IReadOnlyList<Delay> delays, string cameBy) => [.. delays.Where(d => d.CameBy == cameBy)];
}
