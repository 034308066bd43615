using System.Diagnostics.Metrics;
using Fintech.Etl.Worker.Streaming;

namespace Fintech.Etl.Worker.Webhooks;

/// <summary>What leaves the house, by target; <c>docs/operations.md</c> lists it.</summary>
internal sealed class WebhookMetrics
{
    private readonly Counter<long> attempts;
    private readonly Histogram<double> duration;
    private volatile IReadOnlyList<Backlog> backlog = [];

    public WebhookMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(BatchTrace.SourceName);
        attempts = meter.CreateCounter<long>("fintech.webhook.attempts", "{attempt}", "Attempts to deliver an alert, by target and outcome.");
        duration = meter.CreateHistogram("fintech.webhook.duration", "s", "How long a receiver took to answer.", advice: StreamMetrics.SecondsAdvice);
        meter.CreateObservableGauge("fintech.webhook.pending", () => Measure(line => line.Pending), "{alert}", "Alerts that wait for their delivery.");
        meter.CreateObservableGauge("fintech.webhook.pending.age", () => Measure(line => line.OldestSeconds), "s", "Age of the oldest alert that waits.");
        meter.CreateObservableGauge("fintech.webhook.dead", () => Measure(line => line.Dead), "{alert}", "Dead letters.");
    }

    /// <param name="outcome"><c>delivered</c>, <c>failed</c> or <c>dead</c>.</param>
    public void Attempt(string target, string outcome, TimeSpan took)
    {
        attempts.Add(1, new("target", target), new("outcome", outcome));
        duration.Record(took.TotalSeconds, new KeyValuePair<string, object?>("target", target));
    }

    public void Waiting(IReadOnlyList<Backlog> lines) => backlog = lines;

    private IEnumerable<Measurement<T>> Measure<T>(Func<Backlog, T> value) where T : struct =>
        backlog.Select(line => new Measurement<T>(value(line), new KeyValuePair<string, object?>("target", line.Target)));
}
