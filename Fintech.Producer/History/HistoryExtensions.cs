using Fintech.Producer.Simulation;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Fintech.Producer.History;

internal static class HistoryExtensions
{
    private const int MostDays = 3660;

    /// <summary>The simulated world, and its history in <c>source</c> and <c>merchants</c>.</summary>
    public static void AddHistory(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<HistoryOptions>()
            .BindConfiguration(HistoryOptions.Section)
            .Validate(options => options.Customers > 0, $"{Key(nameof(HistoryOptions.Customers))} must be at least 1.")
            .Validate(options => options.Merchants > 0, $"{Key(nameof(HistoryOptions.Merchants))} must be at least 1.")
            .Validate(options => options.Transactions >= 0, $"{Key(nameof(HistoryOptions.Transactions))} must not be negative.")
            .Validate(options => options.Days is > 0 and <= MostDays, $"{Key(nameof(HistoryOptions.Days))} must be from 1 to {MostDays}.")
            .ValidateOnStart();

        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(services => CreateWorld(services.GetRequiredService<IOptions<HistoryOptions>>().Value));
        builder.Services.AddSingleton<HistoryWriter>();
        builder.Services.AddHostedService<HistoryService>();

        builder.Services.AddSingleton<HistoryHealthCheck>();
        builder.Services.AddHealthChecks().AddCheck<HistoryHealthCheck>("history");
    }

    private static string Key(string name) => $"{HistoryOptions.Section}:{name}";

    private static World CreateWorld(HistoryOptions options) => new(options.Customers, options.Merchants, options.Seed);
}
