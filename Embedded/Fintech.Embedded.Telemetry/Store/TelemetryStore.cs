namespace Fintech.Embedded.Telemetry.Store;

/// <summary>Everything received, in memory only and bounded.</summary>
internal sealed class TelemetryStore(TelemetryServerOptions options)
{
    public StringPool Strings { get; } = new();

    public BlockPool Blocks { get; } = new();

    public ResourceRegistry Resources { get; } = new();

    public TraceStore Traces { get; } = new(options);

    public LogStore Logs { get; } = new(options);

    public MetricStore Metrics { get; } = new(options);
}
