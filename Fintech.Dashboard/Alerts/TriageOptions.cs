using Microsoft.Extensions.Options;

namespace Fintech.Dashboard.Alerts;

/// <summary>Section <c>Dashboard</c>: what the work on alerts takes from it.</summary>
internal sealed class TriageOptions
{
    private const string Placeholder = "{traceId}";

    /// <summary>Where traces are looked at, for example <c>https://traces.example.com/trace/{traceId}</c>; empty: the id alone is shown.</summary>
    public string TraceUrl { get; set; } = "";

    /// <summary>How long an alert stays with a page that is not heard of any more.</summary>
    public TimeSpan ClaimTime { get; set; } = TimeSpan.FromMinutes(1);

    public string? TraceOf(string? traceId) =>
        TraceUrl.Length == 0 || traceId is null ? null : TraceUrl.Replace(Placeholder, Uri.EscapeDataString(traceId), StringComparison.Ordinal);

    internal sealed class Validate : IValidateOptions<TriageOptions>
    {
        ValidateOptionsResult IValidateOptions<TriageOptions>.Validate(string? name, TriageOptions options)
        {
            var faults = new List<string>();
            if (options.TraceUrl.Length > 0
                && (!options.TraceUrl.Contains(Placeholder, StringComparison.Ordinal)
                    || !Uri.TryCreate(options.TraceOf("0af7651916cd43dd8448eb211c80319c"), UriKind.Absolute, out var url)
                    || url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0))
            {
                faults.Add($"Dashboard:TraceUrl must be an http or https address that contains {Placeholder} and no password, and is '{options.TraceUrl}'.");
            }

            if (options.ClaimTime < TimeSpan.FromSeconds(1) || options.ClaimTime > TimeSpan.FromHours(1))
                faults.Add($"Dashboard:ClaimTime must lie between 00:00:01 and 01:00:00, and is {options.ClaimTime}.");
            return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }
    }
}
