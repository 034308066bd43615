using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using MongoDB.Driver;

namespace Fintech.Embedded.Hosting.MongoDB;

internal sealed class MongoHealthCheck(MongoDBServerResource server, string database) : IHealthCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        using var client = MongoProcess.Connect(await server.ConnectionStringExpression.GetValueAsync(cancellationToken), Patience);
        try
        {
            await MongoProcess.PingAsync(client, database, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception e) when (e is MongoException or TimeoutException)
        {
            return HealthCheckResult.Unhealthy(e.Message, e);
        }
    }
}
