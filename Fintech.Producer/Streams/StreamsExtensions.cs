using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Fintech.Producer.Streams;

internal static class StreamsExtensions
{
    private const int MostPartitions = 1024;

    /// <summary>The way into the transaction streams, which simulation, ingest, Pub/Sub and replay share. Added once, however many ask for it.</summary>
    public static void AddStreams(this IHostApplicationBuilder builder)
    {
        if (builder.Services.Any(service => service.ServiceType == typeof(EntryWriter)))
            return;

        builder.Services.AddOptions<PublishOptions>()
            .BindConfiguration(PublishOptions.Section)
            .Validate(
                options => options.TracedPerSecond >= 0 && double.IsFinite(options.TracedPerSecond),
                $"{PublishOptions.Section}:{nameof(PublishOptions.TracedPerSecond)} must not be negative.")
            .ValidateOnStart();

        builder.Services.AddOptions<StreamOptions>()
            .BindConfiguration(StreamOptions.Section)
            .Validate(
                options => options.Partitions is > 0 and <= MostPartitions,
                $"{StreamOptions.Section}:{nameof(StreamOptions.Partitions)} must be from 1 to {MostPartitions}.")
            .Validate(options => options.Ceiling.StreamEntries > 0, AboveZero(nameof(CeilingOptions.StreamEntries)))
            .Validate(options => options.Ceiling.TotalEntries > 0, AboveZero(nameof(CeilingOptions.TotalEntries)))
            .Validate(options => options.Ceiling.StreamBytes > 0, AboveZero(nameof(CeilingOptions.StreamBytes)))
            .Validate(options => options.Ceiling.TotalBytes > 0, AboveZero(nameof(CeilingOptions.TotalBytes)))
            .Validate(options => options.Ceiling.Interval > TimeSpan.Zero, AboveZero(nameof(CeilingOptions.Interval)))
            .ValidateOnStart();

        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<PublishTracing>();
        builder.Services.AddSingleton<PublishMetrics>();
        builder.Services.AddSingleton<CeilingMetrics>();
        builder.Services.AddSingleton<StreamCeiling>();
        builder.Services.AddSingleton<EntryWriter>();
        builder.Services.AddSingleton<StreamPublisher>();
        builder.Services.AddHostedService<CeilingService>();
    }

    private static string AboveZero(string name) => $"{CeilingOptions.Section}:{name} must be above zero.";
}
