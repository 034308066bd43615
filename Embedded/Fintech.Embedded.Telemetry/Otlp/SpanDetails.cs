using Fintech.Embedded.Telemetry.Store;

namespace Fintech.Embedded.Telemetry.Otlp;

internal sealed record SpanEvent(long Time, string Name, IReadOnlyList<TelemetryAttribute> Attributes);

internal sealed record SpanLink(TraceId TraceId, SpanId SpanId, IReadOnlyList<TelemetryAttribute> Attributes);

/// <summary>What the panel of one span shows, decoded from its stored bytes when it is asked for.</summary>
internal sealed class SpanDetails
{
    public List<TelemetryAttribute> Attributes { get; } = [];

    public List<SpanEvent> Events { get; } = [];

    public List<SpanLink> Links { get; } = [];

    public bool IsError { get; private set; }

    public string StatusMessage { get; private set; } = "";

    /// <summary>Attributes, events and links that the sender left out because of its own limits.</summary>
    public ulong DroppedBySender { get; private set; }

    public static SpanDetails Read(OtlpMessage span, IEnumerable<SharedBlock> shared)
    {
        var details = Read(span);
        details.Attributes.AddRange(shared.Select(block => Otlp.Attributes.Read(new OtlpMessage(block.Encoded))));
        return details;
    }

    public static SpanDetails Read(OtlpMessage span, ExportBudget? budget = null)
    {
        var details = new SpanDetails();
        foreach (var field in span)
        {
            switch (field.Number)
            {
                case 9:
                    budget?.Take();
                    details.Attributes.Add(Otlp.Attributes.Read(field.Message));
                    break;
                case 11:
                    budget?.Take();
                    details.Events.Add(ReadEvent(field.Message));
                    break;
                case 13:
                    budget?.Take();
                    details.Links.Add(ReadLink(field.Message));
                    break;
                case 15: details.ReadStatus(field.Message); break;
                case 10 or 12 or 14: details.DroppedBySender += field.Varint; break;
            }
        }

        return details;
    }

    /// <summary>Event {time 1, name 2, attributes 3}.</summary>
    private static SpanEvent ReadEvent(OtlpMessage message)
    {
        var (time, name, attributes) = (0L, "", new List<TelemetryAttribute>());
        foreach (var field in message)
        {
            switch (field.Number)
            {
                case 1: time = field.Nanoseconds; break;
                case 2: name = field.Text; break;
                case 3: attributes.Add(Otlp.Attributes.Read(field.Message)); break;
            }
        }

        return new SpanEvent(time, name, attributes);
    }

    /// <summary>Link {trace id 1, span id 2, attributes 4}.</summary>
    private static SpanLink ReadLink(OtlpMessage message)
    {
        var (trace, span, attributes) = (default(TraceId), default(SpanId), new List<TelemetryAttribute>());
        foreach (var field in message)
        {
            switch (field.Number)
            {
                case 1: trace = field.TraceId; break;
                case 2: span = field.SpanId; break;
                case 4: attributes.Add(Otlp.Attributes.Read(field.Message)); break;
            }
        }

        return new SpanLink(trace, span, attributes);
    }

    /// <summary>Status {message 2, code 3}, where code 2 is an error.</summary>
    private void ReadStatus(OtlpMessage status)
    {
        foreach (var field in status)
        {
            if (field.Number == 2)
                StatusMessage = field.Text;
            else if (field.Number == 3)
                IsError = field.Varint == 2;
        }
    }
}
