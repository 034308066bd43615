using Fintech.Etl.Worker.Audit;
using Fintech.Etl.Worker.Privacy;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using MongoDB.Driver;
using Npgsql;

namespace Fintech.Etl.Worker.Batch;

internal static class BatchExtensions
{
    /// <summary>A batch pass and what it reads from: the databases <c>source</c> and <c>merchants</c>.</summary>
    public static IHostApplicationBuilder AddBatch(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<BatchOptions>().BindConfiguration(BatchOptions.Section).ValidateItself();
        builder.AddKeyedNpgsqlDataSource(BatchPass.SourceName);
        builder.AddMongoDBClient(MongoMerchants.Database, configureClientSettings: settings => settings.ServerSelectionTimeout = TimeSpan.FromSeconds(10));
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<BatchTelemetry>();
        builder.Services.AddSingleton<BatchPass>();
        builder.Services.AddSingleton<AuditTelemetry>();
        builder.Services.AddSingleton<SourceAudit>();
        builder.Services.AddSingleton<KeyRotation>();
        builder.Services.AddSingleton<Erasure>();

        // The database is named in the URL, or has the name of the connection.
        builder.Services.AddSingleton<MerchantFeed>(services => MongoMerchants.Of(
            services.GetService<IMongoDatabase>() ?? services.GetRequiredService<IMongoClient>().GetDatabase(MongoMerchants.Database),
            services.GetRequiredService<IOptions<BatchOptions>>().Value.Merchants));
        return builder;
    }

    /// <summary>A pass at start and every <c>Etl:Interval</c>, an audit every <c>Etl:AuditInterval</c>, and old results of checks removed.</summary>
    public static IHostApplicationBuilder AddBatchSchedule(this IHostApplicationBuilder builder)
    {
        builder.Services.AddHostedService<BatchService>();
        builder.Services.AddHostedService<AuditService>();
        builder.Services.AddHostedService<CheckRetention>();
        return builder;
    }
}
