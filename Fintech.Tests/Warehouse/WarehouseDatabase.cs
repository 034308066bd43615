using Fintech.Etl.Worker.Warehouse;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Fintech.Tests.Warehouse;

/// <summary>A migrated warehouse of its own for one test.</summary>
internal sealed class WarehouseDatabase(NpgsqlDataSource dataSource, string connectionString) : IAsyncDisposable
{
    public NpgsqlDataSource DataSource { get; } = dataSource;

    /// <summary>As the login, without the writer's role.</summary>
    public string ConnectionString { get; } = connectionString;

    public static async Task<WarehouseDatabase> CreateAsync(Servers servers, CancellationToken cancellationToken)
    {
        var connectionString = await servers.CreateDatabaseAsync(cancellationToken);
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        WarehouseConnection.ConfigureWriter(builder);
        var dataSource = builder.Build();
        await new WarehouseMigrator(dataSource, NullLogger<WarehouseMigrator>.Instance).MigrateAsync(cancellationToken);
        return new WarehouseDatabase(dataSource, connectionString);
    }

    public async Task<T> ScalarAsync<T>(string sql, CancellationToken cancellationToken)
    {
        await using var command = DataSource.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(cancellationToken)
            ?? throw new InvalidOperationException($"The query returned nothing: {sql}"));
    }

    public ValueTask DisposeAsync() => DataSource.DisposeAsync();
}
