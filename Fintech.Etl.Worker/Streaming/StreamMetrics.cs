using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>The meter of the real-time path; <c>docs/telemetry.md</c> lists it.</summary>
internal sealed class StreamMetrics
{
    private readonly Counter<long> transactions;
    private readonly Counter<long> alerts;
    private readonly Counter<long> resets;
    private readonly Counter<long> lost;
    private readonly Histogram<long> batchSize;
    private readonly Histogram<double> batchDuration;
    private readonly Histogram<double> commitLatency;
    private readonly ConcurrentDictionary<int, long> lags = new();

    public StreamMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(BatchTrace.SourceName);
        transactions = meter.CreateCounter<long>("fintech.stream.transactions", "{transaction}", "Stream entries dealt with, by outcome.");
        alerts = meter.CreateCounter<long>("fintech.stream.alerts", "{alert}", "Alerts raised.");
        resets = meter.CreateCounter<long>("fintech.stream.resets", "{reset}", "Streams found to have been reset or to have lost entries.");
        lost = meter.CreateCounter<long>("fintech.stream.lost", "{entry}", "Entries that left a stream unread.");
        batchSize = meter.CreateHistogram<long>("fintech.stream.batch.size", "{entry}", "Entries committed together.");
        batchDuration = meter.CreateHistogram<double>("fintech.stream.batch.duration", "s", "From a batch's first look to its commit.");
        commitLatency = meter.CreateHistogram<double>("fintech.stream.commit.latency", "s", "From an event's arrival to its commit.");
        meter.CreateObservableGauge("fintech.stream.lag", Lags, "{entry}", "Entries in a partition that are not committed.");
    }

    public void Batch(Settlement settled, int alertCount, TimeSpan duration, DateTimeOffset committedAt)
    {
        Outcome(settled.New.Count, "new");
        Outcome(settled.Duplicates.Count, "duplicate");
        Outcome(settled.Invalid.Count, "quarantined");
        Outcome(settled.Conflicts.Count, "conflict");
        if (alertCount > 0)
            alerts.Add(alertCount);
        batchSize.Record(settled.Entries);
        batchDuration.Record(duration.TotalSeconds);
        if (!commitLatency.Enabled)
            return;

        foreach (var row in settled.New)
            commitLatency.Record(Math.Max(0, (committedAt.UtcDateTime - row.Event.ReceivedAt).TotalSeconds));
    }

    public void Reset() => resets.Add(1);

    public void Lost(long entries) => lost.Add(entries);

    public void Lag(int partition, long entries) => lags[partition] = entries;

    /// <summary>Another worker measures the partition from now on.</summary>
    public void Forget(int partition) => lags.TryRemove(partition, out _);

    private void Outcome(int count, string outcome)
    {
        if (count > 0)
            transactions.Add(count, new KeyValuePair<string, object?>("outcome", outcome));
    }

    private IEnumerable<Measurement<long>> Lags() =>
        lags.Select(lag => new Measurement<long>(lag.Value, new KeyValuePair<string, object?>("partition", lag.Key)));
}
