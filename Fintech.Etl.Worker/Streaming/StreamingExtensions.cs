using Fintech.Etl.Worker.Privacy;
using Fintech.Etl.Worker.Scoring;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Fintech.Etl.Worker.Streaming;

internal static class StreamingExtensions
{
    /// <summary>The real-time path: from the transaction streams into the warehouse, scored on the way.</summary>
    public static void AddStreaming(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<StreamOptions>().BindConfiguration(StreamOptions.Section).ValidateItself();
        services.AddOptions<RulesOptions>().BindConfiguration(RulesOptions.Section).ValidateItself();
        services.TryAddSingleton(TimeProvider.System);
        // Asked for only once the warehouse is open, and the key with it.
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<EventReader>(
            provider, provider.GetRequiredService<PiiKeyRing>().Current));
        services.AddSingleton<RuleSetStore>();
        services.AddSingleton<ScoringMetrics>();
        services.AddSingleton<FactTail>();
        services.AddSingleton<Scorers>();
        services.AddSingleton<StreamMetrics>();
        services.AddSingleton<RedisDurability>();
        services.AddSingleton<PartitionLoop>();
        services.AddSingleton<LiveAudit>();
        services.AddSingleton<LagHealth>();
        services.AddHostedService<StreamService>();
        services.AddHostedService<LiveAuditService>();
        services.AddHostedService<LagMonitor>();
        services.AddHostedService<RedisDurabilityService>();
        services.AddHostedService<NewRangesService>();
        services.AddHealthChecks().AddCheck<RedisDurability>(RedisDurability.Name).AddCheck<LagHealth>(LagHealth.Name);
    }
}
