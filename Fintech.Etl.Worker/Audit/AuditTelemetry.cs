using System.Diagnostics.Metrics;
using Fintech.Etl.Worker.Batch;

namespace Fintech.Etl.Worker.Audit;

/// <summary>Metrics of the audit, listed in <c>docs/telemetry.md</c>.</summary>
internal sealed class AuditTelemetry
{
    private readonly Counter<long> differences;
    private readonly Histogram<double> duration;

    public AuditTelemetry(IMeterFactory meters)
    {
        var meter = meters.Create(BatchTelemetry.SourceName);
        differences = meter.CreateCounter<long>("fintech.etl.audit.differences", "{row}", "Facts that an audit found to differ from their source, by kind.");
        duration = meter.CreateHistogram<double>("fintech.etl.audit.duration", "s", "How long an audit took.");
    }

    public void Succeeded(AuditReport report, TimeSpan took)
    {
        foreach (var difference in report.Differences)
            differences.Add(difference.Rows, new KeyValuePair<string, object?>("kind", difference.Kind));
        duration.Record(took.TotalSeconds, new KeyValuePair<string, object?>("outcome", "succeeded"));
    }

    public void Failed(TimeSpan took) => duration.Record(took.TotalSeconds, new KeyValuePair<string, object?>("outcome", "failed"));
}
