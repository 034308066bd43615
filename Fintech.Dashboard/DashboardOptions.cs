using Microsoft.Extensions.Options;

namespace Fintech.Dashboard;

/// <summary>Section <c>Dashboard</c>.</summary>
internal sealed class DashboardOptions
{
    public const string Section = "Dashboard";

    /// <summary>IANA name of the zone whose midnight begins <c>today</c>.</summary>
    public string TimeZone { get; set; } = "UTC";

    /// <summary>At most one frame in this time, however often the bell rings.</summary>
    public TimeSpan FrameInterval { get; set; } = TimeSpan.FromMilliseconds(150);

    /// <summary>At least one frame in this time, also when no bell rings: a lost bell loses nothing.</summary>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often the feed is looked at: the Redis client has no blocking reads.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMilliseconds(50);

    public TimeZoneInfo Zone => TimeZoneInfo.FindSystemTimeZoneById(TimeZone);
}

internal sealed class ValidateDashboardOptions : IValidateOptions<DashboardOptions>
{
    public ValidateOptionsResult Validate(string? name, DashboardOptions options)
    {
        var faults = new List<string>();
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(options.TimeZone, out _))
            faults.Add($"Dashboard:TimeZone names no time zone this machine knows: '{options.TimeZone}'.");

        if (options.FrameInterval < TimeSpan.FromMilliseconds(100) || options.FrameInterval > TimeSpan.FromSeconds(1))
            faults.Add($"Dashboard:FrameInterval must lie between 00:00:00.1 and 00:00:01, and is {options.FrameInterval}.");

        // The page calls itself stale after five seconds without a frame.
        if (options.HeartbeatInterval < options.FrameInterval || options.HeartbeatInterval > TimeSpan.FromSeconds(3))
            faults.Add($"Dashboard:HeartbeatInterval must lie between Dashboard:FrameInterval and 00:00:03, and is {options.HeartbeatInterval}.");

        if (options.PollInterval < TimeSpan.FromMilliseconds(10) || options.PollInterval > TimeSpan.FromSeconds(1))
            faults.Add($"Dashboard:PollInterval must lie between 00:00:00.01 and 00:00:01, and is {options.PollInterval}.");

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
