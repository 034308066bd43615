using System.Text.Json.Serialization;
using Fintech.Embedded.Telemetry.Otlp;
using Fintech.Embedded.Telemetry.Store;

namespace Fintech.Embedded.Telemetry.Web;

// What the page is sent. Times are milliseconds since 1970 with microseconds behind the point, durations and offsets
// milliseconds: nanoseconds since 1970 are more digits than a number of JavaScript has.

internal sealed record StatusView(IReadOnlyList<ResourceName> Resources, Holding Spans, Holding Logs, Holding Series);

/// <param name="More">There are more rows than were sent.</param>
internal sealed record ListView<T>(StatusView Status, IReadOnlyList<T> Rows, bool More);

internal sealed record ResourceShare(string Name, int Spans);

internal sealed record TraceRow(
    string Id, double Start, double Duration, string Name, string Resource, int Spans, int Errors, IReadOnlyList<ResourceShare> Resources);

internal sealed record TraceView(
    string Id, double Start, double Duration, string Name, string Resource, IReadOnlyList<ResourceName> Palette,
    IReadOnlyList<SpanRow> Spans, IReadOnlyList<LinkedTrace> Linked, int LinkedMore);

/// <param name="Parent">Null for a root, and for a span whose parent has not arrived or is kept by nobody.</param>
internal sealed record SpanRow(
    string Id, string? Parent, string Name, string Resource, string Kind, double Offset, double Duration, bool IsError,
    int Events, int Links, int Logs);

/// <summary>Another trace joined to this one by links; <paramref name="Direction"/> is <c>to</c> or <c>from</c>, seen from here.</summary>
/// <param name="Name">Null where that trace is not, or no longer, in memory.</param>
internal sealed record LinkedTrace(
    string Direction, string TraceId, string SpanId, string HereSpanId, string? Name, string? Resource, int Links);

internal sealed record EventView(double Offset, string Name, IReadOnlyList<TelemetryAttribute> Attributes);

internal sealed record LinkView(
    string Direction, string TraceId, string SpanId, string? Name, string? Resource, IReadOnlyList<TelemetryAttribute> Attributes);

internal sealed record SpanView(
    string Id, string Name, string Resource, string Instance, string Scope, string Kind, double Start, double Duration, bool IsError,
    string StatusMessage, ulong DroppedBySender, IReadOnlyList<TelemetryAttribute> Attributes, IReadOnlyList<EventView> Events,
    IReadOnlyList<LinkView> Links, IReadOnlyList<LogRow> Logs);

internal sealed record LogRow(
    long Number, double Time, int Severity, string Resource, string Instance, string Category, string Body, string? TraceId, string? SpanId,
    IReadOnlyList<TelemetryAttribute> Attributes);

/// <param name="Value">The sum where it is a distribution; null where it is no finite number.</param>
internal sealed record MetricRow(
    string Resource, string Instance, string Meter, string Name, string Unit, string Description, string Kind, string Attributes,
    double Time, double? Value, ulong Count, double? Mean, double? P50, double? P99, IReadOnlyList<float?> Samples);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ListView<TraceRow>))]
[JsonSerializable(typeof(ListView<LogRow>))]
[JsonSerializable(typeof(ListView<MetricRow>))]
[JsonSerializable(typeof(TraceView))]
[JsonSerializable(typeof(SpanView))]
internal sealed partial class ViewsJson : JsonSerializerContext;
