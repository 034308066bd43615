using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// One pass at a time per warehouse, whatever the number of workers: a session lock on the connection that also writes the
/// data, so that losing the one loses the other.
/// </summary>
internal sealed class PassLock(NpgsqlConnection connection) : IAsyncDisposable
{
    /// <summary>Any constant of our own: "batch" on a telephone keypad.</summary>
    public const long Key = 22_824;

    /// <exception cref="BatchBusyException">Says who holds the warehouse, and since when.</exception>
    public static async Task<PassLock> AcquireAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var acquire = new NpgsqlCommand("select pg_try_advisory_lock($1)", connection) { Parameters = { new() { Value = Key } } };
        if (await acquire.ExecuteScalarAsync(cancellationToken) is true)
            return new PassLock(connection);

        await using var ask = new NpgsqlCommand("""
            select coalesce(
                (select format('run %s on %s since %s UTC', run_id, host, to_char(started_at, 'YYYY-MM-DD HH24:MI:SS'))
                 from etl.run where backend = held.pid and status = 'running' order by run_id desc limit 1),
                format('process %s of its server, which has no run on record yet', held.pid))
            from pg_locks held
            where held.locktype = 'advisory' and held.granted and held.database = (select oid from pg_database where datname = current_database())
              and (held.classid, held.objid, held.objsubid) = ($1 >> 32, $1 & 4294967295, 1)
            """, connection) { Parameters = { new() { Value = Key } } };
        var holder = (string?)await ask.ExecuteScalarAsync(cancellationToken);
        throw new BatchBusyException($"Another pass holds this warehouse: {holder ?? "it began or ended just now"}.");
    }

    /// <summary>The pool resets a connection only when it is used again: until then the lock would stay.</summary>
    public async ValueTask DisposeAsync()
    {
        if (connection.State != System.Data.ConnectionState.Open)
            return;     // The lock went with its session.

        await using var release = new NpgsqlCommand("select pg_advisory_unlock($1)", connection) { Parameters = { new() { Value = Key } } };
        await release.ExecuteNonQueryAsync(CancellationToken.None);
    }
}
