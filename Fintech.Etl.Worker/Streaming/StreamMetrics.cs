using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>The meter of the real-time path; <c>docs/operations.md</c> lists it.</summary>
internal sealed class StreamMetrics
{
    /// <summary>The exporter's own buckets are made for milliseconds: of seconds they would tell nothing below five.</summary>
    public static readonly InstrumentAdvice<double> SecondsAdvice = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    };

    private static readonly InstrumentAdvice<long> SizeAdvice = new()
    {
        HistogramBucketBoundaries = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_000, 5_000, 10_000],
    };

    private readonly Counter<long> transactions;
    private readonly Counter<long> quarantined;
    private readonly Counter<long> alerts;
    private readonly Counter<long> resets;
    private readonly Counter<long> lost;
    private readonly Histogram<long> batchSize;
    private readonly Histogram<double> batchDuration;
    private readonly Histogram<double> stageDuration;
    private readonly Histogram<double> commitLatency;
    private readonly ConcurrentDictionary<int, PartitionLag> lags = new();

    public StreamMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(BatchTrace.SourceName);
        transactions = meter.CreateCounter<long>("fintech.stream.transactions", "{transaction}", "Stream entries dealt with, by outcome.");
        quarantined = meter.CreateCounter<long>("fintech.stream.quarantined", "{transaction}", "Entries put into quarantine, by check.");
        alerts = meter.CreateCounter<long>("fintech.stream.alerts", "{alert}", "Alerts raised.");
        resets = meter.CreateCounter<long>("fintech.stream.resets", "{reset}", "Streams found to have been reset or to have lost entries.");
        lost = meter.CreateCounter<long>("fintech.stream.lost", "{entry}", "Entries that left a stream unread.");
        batchSize = meter.CreateHistogram("fintech.stream.batch.size", "{entry}", "Entries committed together.", advice: SizeAdvice);
        batchDuration = meter.CreateHistogram("fintech.stream.batch.duration", "s", "From a batch's first look to its commit.", advice: SecondsAdvice);
        stageDuration = meter.CreateHistogram("fintech.stream.stage.duration", "s", "What of a batch took how long, by stage.", advice: SecondsAdvice);
        commitLatency = meter.CreateHistogram("fintech.stream.commit.latency", "s", "From an event's arrival to its commit.", advice: SecondsAdvice);
        meter.CreateObservableGauge("fintech.stream.lag", () => Measure(lag => lag.Entries), "{entry}", "Entries in a partition that are not committed.");
        meter.CreateObservableGauge("fintech.stream.lag.age", () => Measure(lag => lag.Age.TotalSeconds), "s", "Age of the oldest entry of a partition that is not committed.");
    }

    /// <summary>Begins with the stage <c>read</c>.</summary>
    public BatchStages Stages(TimeProvider clock) => new(stageDuration, clock);

    public void Batch(Settlement settled, IReadOnlyCollection<ScoredTransaction> scored, TimeSpan duration, DateTimeOffset committedAt)
    {
        Outcome(settled.New.Count, "new");
        Outcome(settled.Duplicates.Count, "duplicate");
        Outcome(settled.Invalid.Count, "quarantined");
        Outcome(settled.Conflicts.Count, "conflict");
        foreach (var row in settled.Invalid.Concat(settled.Conflicts))
            quarantined.Add(1, new KeyValuePair<string, object?>("check", row.Check));
        foreach (var row in scored)
        {
            if (row.Alert is { } alert)
                alerts.Add(1, new KeyValuePair<string, object?>("severity", alert.Severity));
        }

        batchSize.Record(settled.Entries);
        batchDuration.Record(duration.TotalSeconds);
        if (!commitLatency.Enabled)
            return;

        foreach (var row in settled.New)
            commitLatency.Record(Math.Max(0, (committedAt.UtcDateTime - row.Event.ReceivedAt).TotalSeconds));
    }

    public void Reset() => resets.Add(1);

    public void Lost(long entries) => lost.Add(entries);

    public void Lag(IEnumerable<PartitionLag> measured)
    {
        foreach (var lag in measured)
            lags[lag.Partition] = lag;
    }

    private void Outcome(int count, string outcome)
    {
        if (count > 0)
            transactions.Add(count, new KeyValuePair<string, object?>("outcome", outcome));
    }

    private IEnumerable<Measurement<T>> Measure<T>(Func<PartitionLag, T> value) where T : struct =>
        lags.Select(lag => new Measurement<T>(value(lag.Value), new KeyValuePair<string, object?>("partition", lag.Key)));
}
