using Fintech.Embedded.Telemetry.Otlp;

namespace Fintech.Embedded.Telemetry.Store;

internal enum SpanKind : byte
{
    Unspecified,
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

internal readonly record struct SpanReference(TraceId TraceId, SpanId SpanId);

/// <summary>
/// What lists, bars and links need, and the rest as it came, less what others have alike; times are nanoseconds since 1970.
/// </summary>
internal sealed class StoredSpan
{
    /// <summary>The object, its array headers and its place in a trace, measured on 64 bit.</summary>
    private const int Overhead = 200;

    public required Origin Origin { get; init; }

    public required string Scope { get; init; }

    /// <summary>Attributes, events, links and status that are this span's own.</summary>
    public required byte[] Encoded { get; init; }

    /// <summary>Attributes that it has in common with others.</summary>
    public SharedBlock[] Shared { get; init; } = [];

    public TraceId TraceId { get; set; }

    public SpanId SpanId { get; set; }

    public SpanId ParentId { get; set; }

    public string Name { get; set; } = "";

    public SpanKind Kind { get; set; }

    public bool IsError { get; set; }

    public int EventCount { get; set; }

    public long Start { get; set; }

    public long End { get; set; }

    public SpanReference[] Links { get; set; } = [];

    public long Duration => End - Start;

    /// <summary>Without what is shared, which the store counts once.</summary>
    public long Bytes => Overhead + Encoded.Length + 8 * Shared.Length + 24 * Links.Length;

    public SpanDetails ReadDetails() => SpanDetails.Read(new OtlpMessage(Encoded), Shared);
}
