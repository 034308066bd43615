using System.Collections.Concurrent;
using System.Diagnostics;
using Fintech.Etl.Worker.Streaming;
using Xunit;

namespace Fintech.Tests.Streaming;

public sealed class BatchTraceTests(Servers servers)
{
    [Fact]
    public async Task A_traced_event_is_scored_in_its_producers_trace_and_the_feed_passes_it_on()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        using var spans = new Recording();
        var traced = NewParent();
        var alerting = NewParent();
        var unsampled = NewParent(ActivityTraceFlags.None);
        await bench.SendAsync(Workbench.Event("t-1"), traceparent: Text(traced));
        await bench.SendAsync(Workbench.Event("t-2", 9000m), traceparent: Text(alerting));
        await bench.SendAsync(Workbench.Event("t-3"), traceparent: Text(unsampled));
        await bench.SendAsync(Workbench.Event("t-4"), traceparent: "not a traceparent");
        await bench.SendAsync(Workbench.Event("t-5"));
        await bench.DrainAsync();

        var score = spans.Of(traced.TraceId, "score transaction");
        Assert.Equal((traced.SpanId, ActivityKind.Consumer, ActivityStatusCode.Unset), (score.ParentSpanId, score.Kind, score.Status));
        var alert = spans.Of(alerting.TraceId, "score transaction");
        Assert.True((bool)alert.GetTagItem("fintech.alert")!);
        Assert.Equal("t-2", alert.GetTagItem("fintech.transaction.id"));

        var batch = spans.Single(span => span.OperationName == "process batch" && span.Links.Any(link => link.Context == score.Context));
        Assert.Equal([score.SpanId, alert.SpanId], batch.Links.Select(link => link.Context.SpanId).OrderBy(id => id == alert.SpanId));
        Assert.DoesNotContain(spans, span => span.TraceId == unsampled.TraceId);

        Assert.Equal([alert.Id!, score.Id!], Assert.Single(await bench.FeedAsync()).Traces);
        Assert.Equal(alerting.TraceId.ToHexString(), await bench.ScalarAsync<string>("select trace_id from dw.fact_fraud_alerts"));
    }

    [Fact]
    public async Task Spans_and_traces_passed_on_are_bounded_and_alerts_come_first()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        await using var processor = await bench.WarmProcessorAsync();
        using var spans = new Recording();
        var trace = ActivityTraceId.CreateRandom();
        for (var i = 0; i < 70; i++)
        {
            var parent = new ActivityContext(trace, ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
            await bench.SendAsync(Workbench.Event($"t-{i:00}", i >= 65 ? 9000m : 5m), traceparent: Text(parent));
        }

        await Workbench.DrainAsync(processor);
        var scores = spans.Where(span => span.TraceId == trace).ToList();
        Assert.Equal(50, scores.Count);
        Assert.Equal(5, scores.Count(span => (bool)span.GetTagItem("fintech.alert")!));
        var passedOn = Assert.Single(await bench.FeedAsync()).Traces;
        Assert.Equal(8, passedOn.Count);
        Assert.Equal(scores.Where(span => (bool)span.GetTagItem("fintech.alert")!).Select(span => span.Id).Order(), passedOn.Take(5).Order());
    }

    [Fact]
    public async Task Spans_carry_no_payload_and_a_batch_rolled_back_is_an_error()
    {
        await using var bench = await Workbench.CreateAsync(servers);
        using var spans = new Recording();
        var parent = NewParent();
        await bench.SendAsync(Workbench.Event("t-9", 9123.45m, 987_654, "Secret Merchant"), traceparent: Text(parent));
        await bench.ExecuteAsync("create function dw.fail() returns trigger language plpgsql as $$ begin raise 'injected'; end $$");
        await bench.ExecuteAsync("create trigger fail after insert on dw.fact_fraud_alerts for each row execute function dw.fail()");
        await Assert.ThrowsAnyAsync<Exception>(() => bench.DrainAsync());

        var failed = spans.Of(parent.TraceId, "score transaction");
        Assert.Equal(ActivityStatusCode.Error, failed.Status);
        Assert.All(failed.TagObjects, tag => Assert.DoesNotMatch("secret|Secret|9123|987654", $"{tag.Value}"));
    }

    private static ActivityContext NewParent(ActivityTraceFlags flags = ActivityTraceFlags.Recorded) =>
        new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), flags);

    private static string Text(ActivityContext context) =>
        $"00-{context.TraceId}-{context.SpanId}-{(context.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? "01" : "00")}";

    /// <summary>Ended spans of the worker, of every test that runs meanwhile.</summary>
    private sealed class Recording : ConcurrentQueue<Activity>, IDisposable
    {
        private readonly ActivityListener listener;

        public Recording()
        {
            listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == BatchTrace.SourceName,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = Enqueue,
            };
            ActivitySource.AddActivityListener(listener);
        }

        public Activity Of(ActivityTraceId trace, string name) => Assert.Single(this, span => span.TraceId == trace && span.OperationName == name);

        public void Dispose() => listener.Dispose();
    }
}
