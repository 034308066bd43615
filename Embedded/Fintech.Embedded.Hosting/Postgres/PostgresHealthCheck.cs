using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Fintech.Embedded.Hosting.Postgres;

internal sealed class PostgresHealthCheck(Func<Task<string>> connectionString) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var connection = new NpgsqlConnection(await connectionString());
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand("SELECT 1", connection);
            await command.ExecuteScalarAsync(cancellationToken);

            return HealthCheckResult.Healthy();
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidPassword)
        {
            return HealthCheckResult.Unhealthy("the password is refused: the data were made with another one; restore it, or delete the data folder", e);
        }
        catch (NpgsqlException e)
        {
            return HealthCheckResult.Unhealthy(e.Message, e);
        }
    }
}
