using System.Diagnostics.Metrics;
using Fintech.Etl.Worker.Streaming;

namespace Fintech.Etl.Worker.Scoring;

/// <summary>Metrics of rules and memory, listed in <c>docs/operations.md</c>.</summary>
internal sealed class ScoringMetrics
{
    private readonly Counter<long> fired;
    private readonly Counter<long> replayed;
    private readonly Counter<long> written;
    private readonly Histogram<double> loadDuration;
    private readonly Histogram<double> snapshotDuration;

    public ScoringMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(BatchTrace.SourceName);
        fired = meter.CreateCounter<long>("fintech.scoring.fired", "{hit}", "Rules that fired, by rule and outcome.");
        replayed = meter.CreateCounter<long>("fintech.scoring.replayed", "{transaction}", "Facts applied to memory after loading a snapshot.");
        written = meter.CreateCounter<long>("fintech.scoring.snapshot.written", "By", "Bytes of memory written by snapshots.");
        loadDuration = meter.CreateHistogram("fintech.scoring.load.duration", "s", "How long it took to load memory and replay what came since.", advice: StreamMetrics.SecondsAdvice);
        snapshotDuration = meter.CreateHistogram("fintech.scoring.snapshot.duration", "s", "How long a snapshot held up its partition.", advice: StreamMetrics.SecondsAdvice);
    }

    public void Fired(RuleTally tally)
    {
        for (var rule = 0; rule < tally.RuleSet.Rules.Count; rule++)
        {
            Fired(tally, rule, RuleOutcome.Alerted, "alerted");
            Fired(tally, rule, RuleOutcome.Shadowed, "shadowed");
            Fired(tally, rule, RuleOutcome.Snoozed, "snoozed");
        }
    }

    public void Loaded(long facts, TimeSpan took)
    {
        replayed.Add(facts);
        loadDuration.Record(took.TotalSeconds);
    }

    public void Saved(long bytes, TimeSpan took)
    {
        written.Add(bytes);
        snapshotDuration.Record(took.TotalSeconds);
    }

    private void Fired(RuleTally tally, int rule, RuleOutcome outcome, string name)
    {
        if (tally.Of(rule, outcome) is var count and > 0)
            fired.Add(count, new("rule", tally.RuleSet.Rules[rule].Title), new("outcome", name));
    }
}
