using Fintech.Etl.Worker.Warehouse;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>
/// A worker's time as owner of partitions: one connection that holds an advisory lock for each partition, and one row in
/// <c>etl.run</c>. When the connection ends, so do the locks, and another worker takes the partitions over; the fence of the
/// checkpoint makes the moment in which both believe to be owners harmless.
/// </summary>
internal sealed class StreamSession : IAsyncDisposable
{
    /// <summary>First keys of the advisory locks, any constants of our own; the second key is the partition, or the run.</summary>
    public const int PartitionLock = 7_873_261;
    public const int SessionLock = 7_873_262;

    private const int HeartbeatSeconds = 5;

    private readonly NpgsqlDataSource warehouse;
    private readonly NpgsqlConnection connection;

    private StreamSession(NpgsqlDataSource warehouse, NpgsqlConnection connection, long runId) =>
        (this.warehouse, this.connection, RunId) = (warehouse, connection, runId);

    public long RunId { get; }

    public StreamCounters Counters { get; } = new();

    public static async Task<StreamSession> OpenAsync(
        NpgsqlDataSource warehouse, StreamOptions options, CancellationToken cancellationToken)
    {
        var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        try
        {
            await using var open = new NpgsqlCommand(
                """
                insert into etl.run (kind, trigger, host, settings, source_system) values ('stream', 'start', $1, $2::jsonb, $3)
                returning run_id
                """, connection) { CommandTimeout = WriterPatience.Seconds };
            open.Parameters.Add(new() { Value = Checkpoint.Owner });
            open.Parameters.Add(new() { Value = $$"""{"partitions":{{options.Partitions}},"batch_size":{{options.BatchSize}}}""" });
            open.Parameters.Add(new() { Value = options.SourceSystem });
            var runId = (long)(await open.ExecuteScalarAsync(cancellationToken))!;

            await WriterPatience.OfOwnerAsync(connection, cancellationToken);
            await using var live = new NpgsqlCommand("select pg_advisory_lock($1, $2)", connection);
            live.Parameters.Add(new() { Value = SessionLock });
            live.Parameters.Add(new() { Value = (int)runId });
            await live.ExecuteNonQueryAsync(cancellationToken);

            await using var closeStale = new NpgsqlCommand(Sql.Read("Streaming/Sql/close_stale_sessions.sql"), connection);
            closeStale.Parameters.Add(new() { Value = SessionLock });
            closeStale.Parameters.Add(new() { Value = runId });
            await closeStale.ExecuteNonQueryAsync(cancellationToken);
            return new(warehouse, connection, runId);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Tries to become owner of the given partitions; with none it is the session's heartbeat.</summary>
    /// <returns>Those that this session owns now.</returns>
    /// <exception cref="NpgsqlException">The connection is lost, and every partition with it.</exception>
    public async Task<IReadOnlyList<int>> AcquireAsync(IEnumerable<int> partitions, CancellationToken cancellationToken)
    {
        await using var acquire = new NpgsqlCommand(
            "select wanted from unnest($2::integer[]) as wanted where pg_try_advisory_lock($1, wanted)", connection)
        {
            CommandTimeout = HeartbeatSeconds,
        };
        acquire.Parameters.Add(new() { Value = PartitionLock });
        acquire.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. partitions] });
        await using var reader = await acquire.ExecuteReaderAsync(cancellationToken);
        var acquired = new List<int>();
        while (await reader.ReadAsync(cancellationToken))
            acquired.Add(reader.GetInt32(0));
        return acquired;
    }

    public Task SaveAsync(CancellationToken cancellationToken) => SaveAsync("running", null, cancellationToken);

    /// <param name="error">Why the session ends; null where the worker was asked to stop.</param>
    public Task CloseAsync(string? error, CancellationToken cancellationToken) =>
        SaveAsync(error is null ? "succeeded" : "failed", error, cancellationToken);

    /// <summary>Gives the partitions back. The pool alone would keep the connection, and its locks, until somebody uses it again.</summary>
    public async ValueTask DisposeAsync()
    {
        if (connection.FullState == System.Data.ConnectionState.Open)
        {
            try
            {
                await using var release = new NpgsqlCommand("select pg_advisory_unlock_all()", connection);
                release.CommandTimeout = HeartbeatSeconds;
                await release.ExecuteNonQueryAsync();
            }
            catch (NpgsqlException)
            {
                // The connection is broken after all, so the server has released the locks, and the pool will not take it back.
            }
        }

        await connection.DisposeAsync();
    }

    private async Task SaveAsync(string status, string? error, CancellationToken cancellationToken)
    {
        var totals = Counters.Totals;
        await using var save = warehouse.CreateCommand(Sql.Read("Streaming/Sql/save_session.sql"));
        save.Parameters.Add(new() { Value = RunId });
        foreach (var tally in (Tally[])[totals.Read, totals.Loaded, totals.Known, totals.Quarantined])
        {
            save.Parameters.Add(new() { Value = tally.Rows });
            save.Parameters.Add(new() { Value = tally.Amount });
        }

        save.Parameters.Add(new() { Value = status });
        save.Parameters.Add(new() { Value = (object?)error ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        await save.ExecuteNonQueryAsync(cancellationToken);
    }
}
