using System.Collections.Immutable;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>What is known of a resource at one moment.</summary>
public sealed record CustomResourceSnapshot
{
    public required string ResourceType { get; init; }

    public required ImmutableArray<ResourcePropertySnapshot> Properties { get; init; }

    public ResourceStateSnapshot? State { get; init; }

    public int? ExitCode { get; init; }

    public DateTime? StartTimeStamp { get; init; }

    public DateTime? StopTimeStamp { get; init; }

    public ImmutableArray<UrlSnapshot> Urls { get; init; } = [];

    public ImmutableArray<HealthReportSnapshot> HealthReports { get; internal init; } = [];

    /// <summary>Unknown unless it runs; without health checks running is healthy.</summary>
    public HealthStatus? HealthStatus
    {
        get
        {
            if (State?.Text != KnownResourceStates.Running)
                return null;
            if (HealthReports.IsEmpty)
                return Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy;
            return HealthReports.Min(r => r.Status ?? Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Unhealthy);
        }
    }
}

public sealed record ResourcePropertySnapshot(string Name, object? Value);

/// <summary>Of a resource in the state <see cref="KnownResourceStates.RuntimeUnhealthy"/>: the restart that is about to come.</summary>
internal static class RestartProperties
{
    /// <summary>1 for the first since it last ran well; an int.</summary>
    public const string Attempt = "restart.attempt";

    /// <summary>From the end of the process to the start of the next; a TimeSpan.</summary>
    public const string Delay = "restart.delay";
}

public sealed record ResourceStateSnapshot(string Text, string? Style)
{
    public static implicit operator ResourceStateSnapshot?(string? s) => s is null ? null : new(s, null);
}

public sealed record UrlSnapshot(string? Name, string Url, bool IsInternal);

public sealed record HealthReportSnapshot(string Name, HealthStatus? Status, string? Description, string? ExceptionText);

public class ResourceEvent(IResource resource, string resourceId, CustomResourceSnapshot snapshot)
{
    public IResource Resource { get; } = resource;

    public string ResourceId { get; } = resourceId;

    public CustomResourceSnapshot Snapshot { get; } = snapshot;
}

public static class KnownResourceStates
{
    public static readonly string NotStarted = "NotStarted";
    public static readonly string Waiting = "Waiting";
    public static readonly string Starting = "Starting";
    public static readonly string Running = "Running";
    public static readonly string Stopping = "Stopping";

    /// <summary>
    /// Its process died and is about to be started again. Aspire itself restarts nothing and has no word for it; of its states this is the one
    /// that is neither running nor at an end, and passes without anybody's doing.
    /// </summary>
    public static readonly string RuntimeUnhealthy = "RuntimeUnhealthy";

    public static readonly string Exited = "Exited";
    public static readonly string Finished = "Finished";
    public static readonly string FailedToStart = "FailedToStart";

    public static readonly IReadOnlyList<string> TerminalStates = [Finished, FailedToStart, Exited];
}
