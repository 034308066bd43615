namespace Aspire.StackExchange.Redis;

/// <summary>Section <c>Aspire:StackExchange:Redis</c>, then <c>Aspire:StackExchange:Redis:{name}</c>.</summary>
public sealed class StackExchangeRedisSettings
{
    public string? ConnectionString { get; set; }

    public bool DisableHealthChecks { get; set; }

    /// <summary>Without effect here: see <c>AspireRedisExtensions</c>.</summary>
    public bool DisableTracing { get; set; }
}
