using Fintech.Etl.Worker.Warehouse;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace Fintech.Tests.Warehouse;

public sealed class WarehouseMigratorTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Workers_that_start_together_migrate_once()
    {
        var connectionString = await servers.CreateDatabaseAsync(Token);
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        WarehouseConnection.ConfigureWriter(builder);
        await using var dataSource = builder.Build();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ =>
            new WarehouseMigrator(dataSource, NullLogger<WarehouseMigrator>.Instance).MigrateAsync(Token)));

        await using var command = dataSource.CreateCommand("select count(*) from dw.dim_date");
        Assert.Equal(18_263L, await command.ExecuteScalarAsync(Token));
    }

    [Theory]
    [InlineData("select count(*) from dw.fact_transactions", true, true)]
    [InlineData("select count(*) from etl.run", true, false)]
    [InlineData("select count(*) from etl.quarantine_summary", true, false)]
    [InlineData("select count(*) from etl.rejected_row", false, false)]
    [InlineData("insert into etl.command (name, requested_by) values ('run', 'me')", true, false)]
    [InlineData("delete from dw.fact_transactions", false, false)]
    [InlineData("update dw.alert_disposition set status = 'open'", false, false)]
    public async Task Roles_may_do_what_they_need_and_no_more(string sql, bool dashboard, bool analyst)
    {
        await using var warehouse = await WarehouseDatabase.CreateAsync(servers, Token);
        Assert.Equal(dashboard, await MayAsync("fintech_dashboard"));
        Assert.Equal(analyst, await MayAsync("fintech_analyst"));

        async Task<bool> MayAsync(string role)
        {
            var settings = new NpgsqlConnectionStringBuilder(warehouse.ConnectionString) { Options = $"-c role={role}", Pooling = false };
            await using var connection = new NpgsqlConnection(settings.ConnectionString);
            await connection.OpenAsync(Token);
            await using var command = new NpgsqlCommand(sql, connection);
            try
            {
                await command.ExecuteNonQueryAsync(Token);
                return true;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
            {
                return false;
            }
        }
    }
}
