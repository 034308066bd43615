using Fintech.Embedded.Telemetry.Store;

namespace Fintech.Embedded.Telemetry.Otlp;

internal sealed class LogDecoder(ExportReader reader)
{
    public IReadOnlyList<StoredLog> Decode(OtlpMessage export)
    {
        var budget = new ExportBudget();
        return [.. reader.Read(export).Select(record => ReadLog(record, budget))];
    }

    /// <summary>LogRecord {time 1, severity 2, trace id 9, span id 10, observed time 11}; body and attributes stay encoded.</summary>
    private static StoredLog ReadLog(ExportedRecord record, ExportBudget budget)
    {
        budget.Take();
        var log = new StoredLog { Origin = record.Origin, Category = record.Scope, Encoded = record.Message.Bytes.ToArray() };
        var observed = 0L;
        foreach (var field in record.Message)
        {
            switch (field.Number)
            {
                case 1: log.Time = field.Nanoseconds; break;
                case 2: log.Severity = (byte)Math.Min(field.Varint, 24); break;
                case 9 when field.Bytes.Length > 0: log.TraceId = field.TraceId; break;
                case 10: log.SpanId = field.SpanId; break;
                case 11: observed = field.Nanoseconds; break;
            }
        }

        if (log.Time == 0)
            log.Time = observed;

        LogDetails.Read(record.Message, budget);
        return log;
    }
}
