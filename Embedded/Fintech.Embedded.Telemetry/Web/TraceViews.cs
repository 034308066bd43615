using Fintech.Embedded.Telemetry.Otlp;
using Fintech.Embedded.Telemetry.Store;

namespace Fintech.Embedded.Telemetry.Web;

/// <summary>The list of traces, one trace, one span.</summary>
internal sealed class TraceViews(TelemetryStore store)
{
    public const int MaxRows = 200;
    private const int MaxLinkedTraces = 50;

    public ListView<TraceRow> List(string? resource, string? text, bool onlyErrors)
    {
        var filter = new TextFilter(text);
        var candidates = store.Traces.Select(trace => (!onlyErrors || trace.Errors > 0) && (resource is null || Involves(trace, resource)));
        var rows = candidates.Where(trace => filter.Finds(Texts(trace))).Take(MaxRows + 1).Select(Row).ToList();
        return Limited.To(MaxRows, rows, store);
    }

    public TraceView? Find(TraceId id)
    {
        if (store.Traces.Find(id) is not { } trace)
            return null;

        // A sender that heard no answer sends again: a span may have come twice.
        var spans = trace.Spans.DistinctBy(span => span.SpanId).ToList();
        var known = spans.Select(span => span.SpanId).ToHashSet();
        var logs = store.Logs.Select(log => log.TraceId == id).CountBy(log => log.SpanId).ToDictionary();
        var arriving = store.Traces.LinkingTo(id);
        var arrivals = arriving.SelectMany(span => span.Links).Where(link => link.TraceId == id)
            .CountBy(link => link.SpanId).ToDictionary();
        var linked = Linked(id, spans, arriving);
        return new TraceView(
            id.ToString(), Milliseconds.Of(trace.Start), Milliseconds.Of(trace.End - trace.Start),
            trace.Root.Name, trace.Root.Origin.Resource,
            store.Resources.Names,
            [.. spans.OrderBy(span => span.Start).ThenByDescending(span => span.End).Select(span => new SpanRow(
                span.SpanId.ToString(),
                known.Contains(span.ParentId) && span.ParentId != span.SpanId ? span.ParentId.ToString() : null,
                span.Name,
                span.Origin.Resource,
                span.Kind.ToString(),
                Milliseconds.Of(span.Start - trace.Start),
                Milliseconds.Of(span.Duration),
                span.IsError,
                span.EventCount,
                span.Links.Length + arrivals.GetValueOrDefault(span.SpanId),
                logs.GetValueOrDefault(span.SpanId)))],
            [.. linked.Take(MaxLinkedTraces)],
            Math.Max(0, linked.Count - MaxLinkedTraces));
    }

    public SpanView? Find(TraceId id, SpanId spanId)
    {
        if (store.Traces.Find(id) is not { } trace || trace.Spans.FirstOrDefault(span => span.SpanId == spanId) is not { } span)
            return null;

        var details = span.ReadDetails();
        var here = new SpanReference(id, spanId);
        var arriving = store.Traces.LinkingTo(id).Where(other => other.Links.Contains(here));
        return new SpanView(
            spanId.ToString(), span.Name, span.Origin.Resource, span.Origin.Instance, span.Scope, span.Kind.ToString(),
            Milliseconds.Of(span.Start), Milliseconds.Of(span.Duration), span.IsError, details.StatusMessage, details.DroppedBySender,
            details.Attributes,
            [.. details.Events.Select(happened =>
                new EventView(Milliseconds.Of(happened.Time - span.Start), happened.Name, happened.Attributes))],
            [
                .. details.Links.Select(link => Link("to", new SpanReference(link.TraceId, link.SpanId), link.Attributes)),
                .. arriving.Select(other => Link("from", new SpanReference(other.TraceId, other.SpanId), [])),
            ],
            [.. store.Logs.Select(log => log.TraceId == id && log.SpanId == spanId).Select(LogViews.Row)]);
    }

    private List<LinkedTrace> Linked(TraceId id, List<StoredSpan> spans, List<StoredSpan> arriving)
    {
        var to = spans.SelectMany(span => span.Links.Where(link => link.TraceId != id).Select(link => (Here: span.SpanId, There: link)));
        var from = arriving.SelectMany(span => span.Links.Where(link => link.TraceId == id)
            .Select(link => (Here: link.SpanId, There: new SpanReference(span.TraceId, span.SpanId))));
        return [.. Grouped("from", from), .. Grouped("to", to)];
    }

    private IEnumerable<LinkedTrace> Grouped(string direction, IEnumerable<(SpanId Here, SpanReference There)> links) =>
        links.GroupBy(link => link.There.TraceId).Select(group =>
        {
            var (here, there) = group.First();
            var root = store.Traces.Find(there.TraceId)?.Root;
            return new LinkedTrace(
                direction, there.TraceId.ToString(), there.SpanId.ToString(), here.ToString(),
                root?.Name, root?.Origin.Resource, group.Count());
        });

    private LinkView Link(string direction, SpanReference there, IReadOnlyList<TelemetryAttribute> attributes)
    {
        var span = store.Traces.Find(there.TraceId)?.Spans.FirstOrDefault(span => span.SpanId == there.SpanId);
        return new LinkView(direction, there.TraceId.ToString(), there.SpanId.ToString(), span?.Name, span?.Origin.Resource, attributes);
    }

    private static TraceRow Row(TraceSnapshot trace) => new(
        trace.Id.ToString(), Milliseconds.Of(trace.Start), Milliseconds.Of(trace.End - trace.Start),
        trace.Root.Name, trace.Root.Origin.Resource,
        trace.Spans.Count, trace.Errors,
        [.. trace.Spans.OrderBy(span => span.Start).CountBy(span => span.Origin.Resource).Select(share => new ResourceShare(share.Key, share.Value))]);

    private static bool Involves(StoredTrace trace, string resource)
    {
        foreach (var span in trace.Spans)
        {
            if (span.Origin.Resource == resource)
                return true;
        }

        return false;
    }

    private static IEnumerable<string> Texts(TraceSnapshot trace)
    {
        yield return trace.Id.ToString();
        foreach (var span in trace.Spans)
        {
            yield return span.Name;
            yield return span.Origin.Resource;
        }

        foreach (var details in trace.Spans.Select(span => span.ReadDetails()))
        {
            yield return details.StatusMessage;
            foreach (var attribute in details.Attributes.Concat(details.Events.SelectMany(happened => happened.Attributes)))
                yield return $"{attribute.Key}={attribute.Value}";
        }
    }
}
