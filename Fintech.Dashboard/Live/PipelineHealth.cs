using System.Globalization;

namespace Fintech.Dashboard.Live;

/// <summary>What the badge may say. It claims "live" only where numbers flow.</summary>
internal static class PipelineHealth
{
    public const string Live = "live";
    public const string Idle = "idle";
    public const string Stale = "stale";
    public const string Down = "down";

    private static readonly TimeSpan LiveFor = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StaleAfter = TimeSpan.FromSeconds(5);

    /// <param name="fault">Why the warehouse or Redis cannot be read, as a sentence; null when both can.</param>
    public static (string Status, string? Reason) Judge(DateTimeOffset now, DateTimeOffset? lastCommitAt, long lag, string? fault)
    {
        if (fault is not null)
            return (Down, fault);

        var age = now - (lastCommitAt ?? DateTimeOffset.MinValue);
        if (lag > 0 && age > StaleAfter)
            return (Stale, Waiting(lag) + (lastCommitAt is null ? ", and nothing was ever committed." : $", and the last commit is {Age(age)} old."));

        return lag == 0 && age > LiveFor ? (Idle, null) : (Live, null);
    }

    private static string Waiting(long lag) => lag == 1
        ? "1 entry waits in the streams"
        : string.Create(CultureInfo.InvariantCulture, $"{lag:N0} entries wait in the streams");

    private static string Age(TimeSpan age) => age switch
    {
        { TotalMinutes: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{age.TotalSeconds:0} s"),
        { TotalHours: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{age.TotalMinutes:0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{age.TotalHours:0} h"),
    };
}
