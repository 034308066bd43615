using Fintech.Embedded.Telemetry.Otlp;

namespace Fintech.Embedded.Telemetry.Store;

/// <summary>A log record as it came, with what the list filters by; time is nanoseconds since 1970, severity 1 to 24.</summary>
internal sealed class StoredLog
{
    private const int Overhead = 128;

    public required Origin Origin { get; init; }

    public required string Category { get; init; }

    public required byte[] Encoded { get; init; }

    /// <summary>Place in the order of arrival, by which the page tells rows apart.</summary>
    public long Number { get; set; }

    public long Time { get; set; }

    public byte Severity { get; set; }

    public TraceId TraceId { get; set; }

    public SpanId SpanId { get; set; }

    public long Bytes => Overhead + Encoded.Length;

    public LogDetails ReadDetails() => LogDetails.Read(new OtlpMessage(Encoded));
}

/// <summary>The latest log records; the oldest make room.</summary>
internal sealed class LogStore(TelemetryServerOptions options)
{
    private readonly Lock gate = new();
    private readonly Queue<StoredLog> logs = [];
    private long bytes;
    private long received;
    private long dropped;

    public Holding Holding
    {
        get
        {
            lock (gate)
                return new Holding(logs.Count, options.MaxLogRecords, dropped);
        }
    }

    public long Bytes
    {
        get
        {
            lock (gate)
                return bytes;
        }
    }

    public void Add(IReadOnlyList<StoredLog> records)
    {
        lock (gate)
        {
            foreach (var log in records)
            {
                log.Number = ++received;
                logs.Enqueue(log);
                bytes += log.Bytes;
                while (logs.Count > options.MaxLogRecords || bytes > options.MaxLogBytes)
                {
                    bytes -= logs.Dequeue().Bytes;
                    dropped++;
                }
            }
        }
    }

    /// <summary>The records that pass, oldest first.</summary>
    public List<StoredLog> Select(Func<StoredLog, bool> passes)
    {
        lock (gate)
            return [.. logs.Where(passes)];
    }
}
