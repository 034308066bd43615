using Fintech.Etl.Worker.Privacy;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Fintech.Etl.Worker.Warehouse;

internal static class WarehouseExtensions
{
    /// <summary>The database <c>warehouse</c>, as its writer.</summary>
    public static IHostApplicationBuilder AddWarehouse(this IHostApplicationBuilder builder)
    {
        builder.Logging.AddFilter("Npgsql.Command", LogLevel.Warning);  // It would print the text of every statement.
        builder.AddNpgsqlDataSource("warehouse", configureDataSourceBuilder: WarehouseConnection.ConfigureWriter);
        builder.Services.AddOptions<PrivacyOptions>().BindConfiguration(PrivacyOptions.Section).ValidateItself();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<PiiKeyRing>();
        builder.Services.AddSingleton<WarehouseMigrator>();
        builder.Services.AddSingleton<WarehouseOpening>();
        return builder;
    }

    /// <summary>Opens the warehouse in the background; who needs it awaits <see cref="WarehouseReady"/>.</summary>
    public static IHostApplicationBuilder AddWarehouseStartup(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<WarehouseReady>();
        builder.Services.AddHostedService<WarehouseStartup>();
        builder.Services.AddHealthChecks().AddCheck<WarehouseReady>("warehouse-migrated");
        return builder;
    }
}
