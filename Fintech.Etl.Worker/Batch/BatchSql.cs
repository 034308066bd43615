using Fintech.Etl.Worker.Warehouse;
using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>Runs the files of <c>Batch/Sql</c> on the connection of a pass, with the parameters they all may name.</summary>
internal static class BatchSql
{
    /// <summary>A first load of a large ledger is one statement; waiting for a lock is limited by the connection's lock_timeout.</summary>
    public const int TimeoutSeconds = 3600;

    public static NpgsqlCommand Command(NpgsqlConnection connection, string name, PassContext pass) =>
        CommandOf(connection, Sql.Read($"Batch/Sql/{name}.sql"), pass);

    public static NpgsqlCommand CommandOf(NpgsqlConnection connection, string sql, PassContext pass) => new(sql, connection)
    {
        CommandTimeout = TimeoutSeconds,
        Parameters =
        {
            new("run_id", pass.RunId),
            new("started_at", pass.StartedAt),
            new("source_system", pass.Options.SourceSystem),
            new("currency", pass.Options.Currency),
            new("pii_key_version", pass.Key.Version),
            new("fresh_within", pass.Options.FreshWithin),
            new("volume_factor", pass.Options.VolumeFactor),
        },
    };

    public static async Task<int> ExecuteAsync(NpgsqlConnection connection, string name, PassContext pass, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, name, pass);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
