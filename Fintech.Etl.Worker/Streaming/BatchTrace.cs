using System.Diagnostics;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>
/// The spans of one batch: its own, and one for each of a bounded number of traced events. These continue the producer's traces,
/// from the read to the commit; the batch links to them, since it has many parents and belongs to none.
/// </summary>
internal sealed class BatchTrace : IDisposable
{
    public const string SourceName = "Fintech.Etl.Worker";

    private const int MostSpans = 50;
    private const int MostFedOn = 8;

    private static readonly ActivitySource Source = new(SourceName);

    private readonly string stream;
    private readonly DateTimeOffset began;
    private readonly Activity? batch;
    private readonly List<Activity> scores = [];
    private bool committed;

    private BatchTrace(string stream, int entries, DateTimeOffset began)
    {
        this.stream = stream;
        this.began = began;
        batch = Source.StartActivity("process batch", ActivityKind.Consumer);
        batch?.SetTag("messaging.system", "redis");
        batch?.SetTag("messaging.destination.name", stream);
        batch?.SetTag("messaging.batch.message_count", entries);
    }

    /// <summary>Of the spans that scored, alerts first: the feed passes them on, so that the frame that shows them joins their traces.</summary>
    public IReadOnlyList<string> Traceparents => [.. scores.Take(MostFedOn).Select(span => span.Id!)];

    public static BatchTrace Start(string stream, int entries, DateTimeOffset now) => new(stream, entries, now);

    public void Scored(IEnumerable<ScoredTransaction> rows)
    {
        if (!Source.HasListeners())
            return;

        var traced = rows.Where(row => row.Row.Event.Parent is not null).OrderByDescending(row => row.Alert is not null).Take(MostSpans);
        foreach (var row in traced)
        {
            var span = Source.StartActivity("score transaction", ActivityKind.Consumer, row.Row.Event.Parent!.Value, startTime: began);
            Activity.Current = batch;
            if (span is null)
                continue;

            span.SetTag("messaging.system", "redis");
            span.SetTag("messaging.destination.name", stream);
            span.SetTag("messaging.message.id", row.Row.Event.Entry.ToString());
            span.SetTag("fintech.transaction.id", row.Row.Event.Key.TransactionId);
            span.SetTag("fintech.alert", row.Alert is not null);
            if (row.Alert is { } alert)
                span.SetTag("fintech.alert.score", alert.Score);
            batch?.AddLink(new ActivityLink(span.Context));
            scores.Add(span);
        }
    }

    public void Committed() => committed = true;

    public void Dispose()
    {
        foreach (var span in scores.Append(batch))
        {
            if (!committed)
                span?.SetStatus(ActivityStatusCode.Error, "rolled back");
            span?.Dispose();
        }
    }
}
