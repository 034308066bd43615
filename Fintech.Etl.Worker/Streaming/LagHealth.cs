using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Fintech.Etl.Worker.Streaming;

/// <param name="Entries">Added and not committed.</param>
/// <param name="Age">Of the oldest of them; zero where there is none.</param>
internal readonly record struct PartitionLag(int Partition, long Entries, TimeSpan Age);

/// <summary>
/// Degraded while the lag of a partition has been growing for half a minute, and until it shrinks again or is gone. By age, not by number:
/// that of a partition that stands still grows also when nothing more arrives.
/// </summary>
internal sealed partial class LagHealth(TimeProvider clock, ILogger<LagHealth> logger) : IHealthCheck
{
    public const string Name = "stream-lag";

    private static readonly TimeSpan Unmeasured = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<int, (LagTrend Trend, PartitionLag Lag, bool Growing)> partitions = new();
    private long? measured;

    /// <summary>From one thread.</summary>
    public void Take(IReadOnlyCollection<PartitionLag> lags)
    {
        var now = clock.GetTimestamp();
        foreach (var lag in lags)
        {
            var (trend, _, before) = partitions.GetValueOrDefault(lag.Partition, (new LagTrend(), default, false));
            var growing = trend.Add(clock.GetElapsedTime(0, now), lag.Age);
            partitions[lag.Partition] = (trend, lag, growing);
            if (growing && !before)
                LogGrowing(logger, lag.Partition, lag.Age, lag.Entries);
            else if (before && !growing)
                LogRecovered(logger, lag.Partition, lag.Age, lag.Entries);
        }

        measured = now;
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (measured is not { } last)
            return Task.FromResult(HealthCheckResult.Healthy("The lag of the streams is not measured yet."));
        if (clock.GetElapsedTime(last) is var since && since > Unmeasured)
            return Task.FromResult(HealthCheckResult.Degraded(string.Create(CultureInfo.InvariantCulture, $"The lag of the streams cannot be measured since {since.TotalSeconds:0} s; the log says why.")));

        var growing = partitions.Values.Where(partition => partition.Growing).Select(partition => partition.Lag).OrderBy(lag => lag.Partition).ToList();
        return Task.FromResult(growing.Count == 0
            ? HealthCheckResult.Healthy("No partition falls behind.")
            : HealthCheckResult.Degraded($"The lag grows of {string.Join(", ", growing.Select(Sentence))}."));
    }

    private static string Sentence(PartitionLag lag) =>
        string.Create(CultureInfo.InvariantCulture, $"partition {lag.Partition} ({lag.Entries:N0} entries wait, the oldest for {lag.Age.TotalSeconds:0} s)");

    [LoggerMessage(Level = LogLevel.Warning, Message = "Partition {Partition} falls behind: its lag of {Age} ({Entries} entries) has been growing for half a minute")]
    private static partial void LogGrowing(ILogger logger, int partition, TimeSpan age, long entries);

    [LoggerMessage(Level = LogLevel.Information, Message = "Partition {Partition} catches up: its lag is {Age} ({Entries} entries)")]
    private static partial void LogRecovered(ILogger logger, int partition, TimeSpan age, long entries);
}

/// <summary>
/// Whether a lag has been growing for half a minute: the least of each of the last three spans of ten seconds is above that of the one
/// before. The least, because a batch that is under way makes a peak, and a healthy partition comes back to nothing between two.
/// </summary>
internal sealed class LagTrend
{
    private const int Spans = 4;
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(10);

    /// <summary>Below that no lag is worth a word.</summary>
    private static readonly TimeSpan Floor = TimeSpan.FromSeconds(1);

    /// <summary>A lag that only trembles does not shrink.</summary>
    private const double Shrunk = 0.9;

    private readonly Queue<(TimeSpan At, TimeSpan Lag)> samples = new();
    private bool growing;

    /// <param name="at">By a clock that never goes back.</param>
    public bool Add(TimeSpan at, TimeSpan lag)
    {
        samples.Enqueue((at, lag));
        while (at - samples.Peek().At >= Spans * Span)
            samples.Dequeue();

        Span<TimeSpan> least = [TimeSpan.MaxValue, TimeSpan.MaxValue, TimeSpan.MaxValue, TimeSpan.MaxValue];    // The newest first.
        foreach (var sample in samples)
        {
            var span = (int)((at - sample.At) / Span);
            if (sample.Lag < least[span])
                least[span] = sample.Lag;
        }

        if (least[0] < Floor)
            growing = false;
        else if (least[1] != TimeSpan.MaxValue)
            growing = growing ? least[0] > least[1] * Shrunk : least[3] < least[2] && least[2] < least[1] && least[1] < least[0];
        return growing;
    }
}
