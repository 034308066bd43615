using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Fintech.Etl.Worker.Batch;

/// <summary>Spans and metrics of the batch path, listed in <c>docs/telemetry.md</c>. Counts and names only, nothing of a row.</summary>
internal sealed class BatchTelemetry
{
    /// <summary>The application's name: what ServiceDefaults exports.</summary>
    public const string SourceName = "Fintech.Etl.Worker";

    public static readonly ActivitySource Activities = new(SourceName);

    private readonly Counter<long> rows;
    private readonly Histogram<double> duration;

    public BatchTelemetry(IMeterFactory meters)
    {
        var meter = meters.Create(SourceName);
        rows = meter.CreateCounter<long>("fintech.etl.rows", "{row}", "Transactions read by the batch path, by what became of them.");
        duration = meter.CreateHistogram<double>("fintech.etl.pass.duration", "s", "How long a batch pass took.");
    }

    public void Succeeded(PassTotals totals, TimeSpan took)
    {
        rows.Add(totals.Loaded.Rows, new KeyValuePair<string, object?>("outcome", "loaded"));
        rows.Add(totals.Quarantined.Rows, new KeyValuePair<string, object?>("outcome", "quarantined"));
        rows.Add(totals.Known.Rows, new KeyValuePair<string, object?>("outcome", "known"));
        duration.Record(took.TotalSeconds, new KeyValuePair<string, object?>("outcome", "succeeded"));
    }

    public void Failed(TimeSpan took) => duration.Record(took.TotalSeconds, new KeyValuePair<string, object?>("outcome", "failed"));
}
