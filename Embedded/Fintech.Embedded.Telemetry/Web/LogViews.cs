using Fintech.Embedded.Telemetry.Otlp;
using Fintech.Embedded.Telemetry.Store;

namespace Fintech.Embedded.Telemetry.Web;

internal sealed class LogViews(TelemetryStore store)
{
    public const int MaxRows = 300;

    public ListView<LogRow> List(string? resource, string? text, int leastSeverity, TraceId? trace)
    {
        var filter = new TextFilter(text);
        var candidates = store.Logs.Select(log =>
            log.Severity >= leastSeverity
            && (resource is null || log.Origin.Resource == resource)
            && (trace is null || log.TraceId == trace));
        candidates.Sort((left, right) => (right.Time, right.Number).CompareTo((left.Time, left.Number)));
        var rows = candidates.Select(Row).Where(row => filter.Finds(Texts(row))).Take(MaxRows + 1).ToList();
        return Limited.To(MaxRows, rows, store);
    }

    public static LogRow Row(StoredLog log)
    {
        var details = log.ReadDetails();
        return new LogRow(
            log.Number, Milliseconds.Of(log.Time), log.Severity, log.Origin.Resource, log.Origin.Instance, log.Category, details.Body,
            log.TraceId.IsZero ? null : log.TraceId.ToString(), log.SpanId.IsZero ? null : log.SpanId.ToString(), details.Attributes);
    }

    private static IEnumerable<string> Texts(LogRow log)
    {
        yield return log.Body;
        yield return log.Resource;
        yield return log.Category;
        yield return log.TraceId ?? "";
        foreach (var attribute in log.Attributes)
            yield return $"{attribute.Key}={attribute.Value}";
    }
}
