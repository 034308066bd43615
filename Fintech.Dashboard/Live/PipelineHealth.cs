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

    /// <param name="sinceCommit">By the warehouse's clock; null where nothing was ever committed.</param>
    /// <param name="owners">Partitions that a worker holds; null where that is not known.</param>
    /// <param name="fault">Why the warehouse or Redis cannot be read, as a sentence; null when both can.</param>
    public static (string Status, string? Reason) Judge(TimeSpan? sinceCommit, long lag, int? owners, string? fault)
    {
        if (fault is not null)
            return (Down, fault);

        // A commit that lies ahead proves nothing but that a clock was set: it must not keep the badge at "live" until time catches up.
        if (sinceCommit < -StaleAfter)
            return (Stale, $"The last commit lies {Age(-sinceCommit.Value)} in the future: the warehouse's clock was set back.");

        var old = sinceCommit is not { } age || age > StaleAfter;
        if (lag > 0 && old)
        {
            return (Stale, Waiting(lag) + (sinceCommit is null ? ", and nothing was ever committed." : $", and the last commit is {Age(sinceCommit.Value)} old.")
                + (owners == 0 ? " No worker holds the streams: start Fintech.Etl.Worker." : ""));
        }

        if (lag > 0 || sinceCommit <= LiveFor)
            return (Live, null);

        return (Idle, owners == 0 ? NoWorker : null);
    }

    private const string NoWorker = "No worker holds the streams: what comes now would wait. Start Fintech.Etl.Worker.";

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
