using Fintech.Producer.Streams;

namespace Fintech.Producer.Live;

internal static class LiveExtensions
{
    /// <summary>The live stream of simulated transactions into Redis.</summary>
    public static void AddLiveStream(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<LiveOptions>()
            .BindConfiguration(LiveOptions.Section)
            .Validate(
                options => options.Rate == LiveOptions.Unlimited || (options.Rate >= 0 && double.IsFinite(options.Rate)),
                $"{LiveOptions.Section}:{nameof(LiveOptions.Rate)} must be a number per second, 0 for none or -1 for as fast as possible.")
            .Validate(options => options.Limit is null or >= 0, $"{LiveOptions.Section}:{nameof(LiveOptions.Limit)} must not be negative.")
            .ValidateOnStart();

        builder.AddStreams();
        builder.Services.AddSingleton<Ledger>();
        builder.Services.AddSingleton<LiveMetrics>();
        builder.Services.AddSingleton<EventGenerator>();
        builder.Services.AddHostedService<LiveService>();
    }

    public static void MapLedger(this WebApplication app) => app.MapGet("/ledger", (Ledger ledger) => ledger.Read()).ExcludeFromDescription();
}
