using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Fintech.Producer.Live;

internal static class LiveExtensions
{
    private const int MostPartitions = 1024;

    /// <summary>The live stream of simulated transactions into Redis.</summary>
    public static void AddLiveStream(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<LiveOptions>()
            .BindConfiguration(LiveOptions.Section)
            .Validate(
                options => options.Rate == LiveOptions.Unlimited || (options.Rate >= 0 && double.IsFinite(options.Rate)),
                $"{LiveOptions.Section}:{nameof(LiveOptions.Rate)} must be a number per second, 0 for none or -1 for as fast as possible.")
            .Validate(options => options.Limit is null or >= 0, $"{LiveOptions.Section}:{nameof(LiveOptions.Limit)} must not be negative.")
            .Validate(
                options => options.TracedPerSecond >= 0 && double.IsFinite(options.TracedPerSecond),
                $"{LiveOptions.Section}:{nameof(LiveOptions.TracedPerSecond)} must not be negative.")
            .ValidateOnStart();

        builder.Services.AddOptions<StreamOptions>()
            .BindConfiguration(StreamOptions.Section)
            .Validate(
                options => options.Partitions is > 0 and <= MostPartitions,
                $"{StreamOptions.Section}:{nameof(StreamOptions.Partitions)} must be from 1 to {MostPartitions}.")
            .ValidateOnStart();

        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<Ledger>();
        builder.Services.AddSingleton<PublishTracing>();
        builder.Services.AddSingleton<PublishMetrics>();
        builder.Services.AddSingleton<EventGenerator>();
        builder.Services.AddSingleton<StreamPublisher>();
        builder.Services.AddHostedService<LiveService>();
    }

    public static void MapLedger(this WebApplication app) => app.MapGet("/ledger", (Ledger ledger) => ledger.Read());
}
