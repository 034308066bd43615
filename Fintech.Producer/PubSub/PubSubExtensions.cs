using Fintech.Producer.Streams;

namespace Fintech.Producer.PubSub;

internal static class PubSubExtensions
{
    private static readonly TimeSpan ShortestLease = TimeSpan.FromSeconds(1);

    /// <summary>The channel of existing producers, on the way into the streams.</summary>
    public static void AddPubSubIntake(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<PubSubOptions>()
            .BindConfiguration(PubSubOptions.Section)
            .Validate(options => options.Lease >= ShortestLease, $"{PubSubOptions.Section}:{nameof(PubSubOptions.Lease)} must be at least {ShortestLease}.")
            .ValidateOnStart();

        builder.AddStreams();
        builder.Services.AddSingleton<PubSubMetrics>();
        builder.Services.AddSingleton<PubSubLease>();
        builder.Services.AddHostedService<PubSubService>();
    }
}
