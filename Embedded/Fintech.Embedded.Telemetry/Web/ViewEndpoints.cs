using System.Globalization;
using Fintech.Embedded.Telemetry.Otlp;
using Fintech.Embedded.Telemetry.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fintech.Embedded.Telemetry.Web;

/// <summary>What the page's scripts read: <c>/api/traces?resource=producer&amp;text=XADD&amp;errors=1</c> and the like.</summary>
internal sealed class ViewEndpoints(TelemetryStore store)
{
    private readonly TraceViews traces = new(store);
    private readonly LogViews logs = new(store);
    private readonly MetricViews metrics = new(store);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/traces", context => Answer.JsonAsync(
            context,
            traces.List(Query(context, "resource"), Query(context, "text"), Query(context, "errors") is not null),
            ViewsJson.Default.ListViewTraceRow));
        routes.MapGet("/api/traces/{id}", TraceAsync);
        routes.MapGet("/api/traces/{id}/spans/{span}", SpanAsync);
        routes.MapGet("/api/logs", LogsAsync);
        routes.MapGet("/api/metrics", context => Answer.JsonAsync(
            context, metrics.List(Query(context, "resource"), Query(context, "text")), ViewsJson.Default.ListViewMetricRow));
    }

    private Task TraceAsync(HttpContext context)
    {
        if (!TraceId.TryParse(Route(context, "id"), out var id))
            return Answer.SentenceAsync(context, StatusCodes.Status400BadRequest, "A trace id is 32 hex digits.");

        return traces.Find(id) is { } trace
            ? Answer.JsonAsync(context, trace, ViewsJson.Default.TraceView)
            : Answer.SentenceAsync(context, StatusCodes.Status404NotFound, "This trace is not, or no longer, in memory.");
    }

    private Task SpanAsync(HttpContext context)
    {
        if (!TraceId.TryParse(Route(context, "id"), out var id) || !SpanId.TryParse(Route(context, "span"), out var spanId))
            return Answer.SentenceAsync(context, StatusCodes.Status400BadRequest, "A trace id is 32 hex digits, a span id 16.");

        return traces.Find(id, spanId) is { } span
            ? Answer.JsonAsync(context, span, ViewsJson.Default.SpanView)
            : Answer.SentenceAsync(context, StatusCodes.Status404NotFound, "This span is not, or no longer, in memory.");
    }

    private Task LogsAsync(HttpContext context)
    {
        TraceId? trace = null;
        if (Query(context, "trace") is { } given)
        {
            if (!TraceId.TryParse(given, out var id))
                return Answer.SentenceAsync(context, StatusCodes.Status400BadRequest, "A trace id is 32 hex digits.");

            trace = id;
        }

        // What is no number stays zero: every level.
        _ = int.TryParse(Query(context, "severity"), NumberStyles.None, CultureInfo.InvariantCulture, out var least);
        var list = logs.List(Query(context, "resource"), Query(context, "text"), least, trace);
        return Answer.JsonAsync(context, list, ViewsJson.Default.ListViewLogRow);
    }

    private static string? Query(HttpContext context, string name) =>
        context.Request.Query[name].ToString() is { Length: > 0 } value ? value : null;

    private static string Route(HttpContext context, string name) => (string)context.Request.RouteValues[name]!;
}
