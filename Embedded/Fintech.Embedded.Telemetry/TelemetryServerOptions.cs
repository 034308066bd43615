using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fintech.Embedded.Telemetry;

/// <summary>Where the page listens and how much it keeps: each kind bounded by number and by bytes, whichever is reached first.</summary>
public sealed class TelemetryServerOptions
{
    /// <summary>Port of page and receiver on loopback; 0 takes a free one.</summary>
    public int Port { get; init; } = 18888;

    public int MaxSpans { get; init; } = 20_000;

    /// <summary>Later spans of a trace that has as many are dropped, so that one runaway trace does not push all others out.</summary>
    public int MaxSpansPerTrace { get; init; } = 2_000;

    public int MaxSpanBytes { get; init; } = 20 << 20;

    public int MaxLogRecords { get; init; } = 10_000;

    public int MaxLogBytes { get; init; } = 8 << 20;

    public int MaxSeries { get; init; } = 5_000;

    public int MaxSeriesBytes { get; init; } = 8 << 20;

    /// <summary>Largest export taken, before and after decompression.</summary>
    public int MaxBodyBytes { get; init; } = 8 << 20;

    /// <summary>Where faults of the server itself go; nowhere unless the host hands its own.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal void Validate()
    {
        if (Port is < 0 or > 65535)
            throw new ArgumentException($"{nameof(Port)} is {Port}, but a port is between 0 (any free one) and 65535.");

        foreach (var (name, value) in Limits())
        {
            if (value < 1)
                throw new ArgumentException($"{name} is {value}, but a limit is at least 1.");
        }
    }

    private (string Name, int Value)[] Limits() =>
    [
        (nameof(MaxSpans), MaxSpans), (nameof(MaxSpansPerTrace), MaxSpansPerTrace), (nameof(MaxSpanBytes), MaxSpanBytes),
        (nameof(MaxLogRecords), MaxLogRecords), (nameof(MaxLogBytes), MaxLogBytes),
        (nameof(MaxSeries), MaxSeries), (nameof(MaxSeriesBytes), MaxSeriesBytes), (nameof(MaxBodyBytes), MaxBodyBytes),
    ];
}
