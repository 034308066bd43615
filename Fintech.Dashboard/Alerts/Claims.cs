using Microsoft.Extensions.Options;
using Npgsql;

namespace Fintech.Dashboard.Alerts;

/// <summary>Who works on which alert: leases in <c>dw.alert_claim</c>, kept while the page is heard of.</summary>
internal sealed class Claims(NpgsqlDataSource warehouse, IOptions<TriageOptions> options)
{
    public const int MostPassed = 100;

    /// <summary>Who picks what somebody else takes at that moment picks again; more rivals than that come back.</summary>
    private const int Attempts = 20;

    /// <summary>Takes the next open alert for a page, which gives up the one it had.</summary>
    /// <returns>Null where there is none left.</returns>
    public async Task<AlertKey?> TakeNextAsync(TakeRequest request, AlertFilter filter, string actor, CancellationToken cancellationToken)
    {
        var passed = request.Passed ?? [];
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginWriteAsync(cancellationToken);
            await using var take = new NpgsqlCommand
            {
                Connection = connection,
                Transaction = transaction,
                Parameters =
                {
                    new() { Value = request.Holder },
                    new() { Value = actor },
                    new() { Value = options.Value.ClaimTime },
                    new() { Value = passed.Select(key => key.Id).ToArray() },
                    new() { Value = passed.Select(key => key.Source).ToArray() },
                },
            };
            take.CommandText = Sql.Read("Alerts/take_next.sql")
                .Replace("{where}", filter.Conditions(take.Parameters, withState: false), StringComparison.Ordinal);
            AlertKey key;
            bool taken;
            await using (var reader = await take.ExecuteReaderAsync(cancellationToken))
            {
                if (!await reader.ReadAsync(cancellationToken))
                    return null;
                (key, taken) = (new(reader.GetString(0), reader.GetString(1)), reader.GetBoolean(2));
            }

            if (!taken)
                continue;   // Disposing rolls back.

            await using var tidy = new NpgsqlCommand(Sql.Read("Alerts/tidy_claims.sql"), connection, transaction)
            {
                Parameters = { new() { Value = request.Holder }, new() { Value = key.Id }, new() { Value = key.Source } },
            };
            await tidy.ExecuteNonQueryAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return key;
        }

        return null;
    }

    /// <returns>False where the claim ran out and somebody else may have taken the alert.</returns>
    public Task<bool> RenewAsync(ClaimRequest request, CancellationToken cancellationToken) => WriteAsync(
        "update dw.alert_claim set expires_at = clock_timestamp() + $4 where holder = $1 and transaction_id = $2 and source_system = $3",
        request, cancellationToken, options.Value.ClaimTime);

    public Task<bool> ReleaseAsync(ClaimRequest request, CancellationToken cancellationToken) => WriteAsync(
        "delete from dw.alert_claim where holder = $1 and transaction_id = $2 and source_system = $3", request, cancellationToken);

    private async Task<bool> WriteAsync(string sql, ClaimRequest request, CancellationToken cancellationToken, params TimeSpan[] further)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginWriteAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection, transaction)
        {
            Parameters = { new() { Value = request.Holder }, new() { Value = request.Id }, new() { Value = request.Source } },
        };
        foreach (var value in further)
            command.Parameters.Add(new() { Value = value });
        var written = await command.ExecuteNonQueryAsync(cancellationToken) > 0;
        await transaction.CommitAsync(cancellationToken);
        return written;
    }
}
