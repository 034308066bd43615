using Fintech.Embedded.Telemetry.Store;

namespace Fintech.Embedded.Telemetry.Otlp;

/// <summary>
/// A whole export is decoded before any of it is stored, and every part of a span once, so that nothing stored can fail
/// to be shown later.
/// </summary>
internal sealed class TraceDecoder(ExportReader reader, StringPool strings, BlockPool blocks)
{
    public IReadOnlyList<StoredSpan> Decode(OtlpMessage export)
    {
        var budget = new ExportBudget();
        return [.. reader.Read(export).Select(record => ReadSpan(record, budget))];
    }

    /// <summary>
    /// Span {trace id 1, span id 2, parent 4, name 5, kind 6, start 7, end 8, attributes 9, events 11, links 13, status 15}.
    /// Only what lists and bars need is taken out; the rest stays encoded, which is much smaller than as objects, and attributes that
    /// others have alike are kept once: most of a span is the text of its statement and the address of its server.
    /// </summary>
    private StoredSpan ReadSpan(ExportedRecord record, ExportBudget budget)
    {
        budget.Take();
        var (own, shared) = Split(record.Message);
        var span = new StoredSpan { Origin = record.Origin, Scope = record.Scope, Encoded = own, Shared = shared };
        foreach (var field in record.Message)
        {
            switch (field.Number)
            {
                case 1: span.TraceId = field.TraceId; break;
                case 2: span.SpanId = field.SpanId; break;
                case 4: span.ParentId = field.SpanId; break;
                case 5: span.Name = strings.Share(field.Text); break;
                case 6: span.Kind = (SpanKind)Math.Min(field.Varint, (ulong)SpanKind.Consumer); break;
                case 7: span.Start = field.Nanoseconds; break;
                case 8: span.End = field.Nanoseconds; break;
            }
        }

        if (span.TraceId.IsZero || span.SpanId.IsZero)
            throw new MalformedOtlpException($"The body is not an OTLP export: the span '{span.Name}' has no trace id or no span id.");

        var details = SpanDetails.Read(record.Message, budget);
        span.End = Math.Max(span.Start, span.End);
        span.IsError = details.IsError;
        span.EventCount = details.Events.Count;
        span.Links = details.Links.Count == 0 ? [] : [.. details.Links.Select(link => new SpanReference(link.TraceId, link.SpanId))];
        return span;
    }

    private (byte[] Own, SharedBlock[] Shared) Split(OtlpMessage message)
    {
        var (own, shared) = (new MemoryStream(), new List<SharedBlock>());
        for (var fields = message.GetEnumerator(); fields.MoveNext();)
        {
            if (fields.Current.Number == 9 && blocks.Share(fields.Current.Bytes) is { } block)
                shared.Add(block);
            else if (fields.Current.Number >= 9)
                own.Write(fields.CurrentBytes.Bytes);
        }

        return (own.ToArray(), [.. shared]);
    }
}
