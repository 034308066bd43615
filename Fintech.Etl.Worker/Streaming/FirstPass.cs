using Fintech.Etl.Worker.Batch;
using Npgsql;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>
/// In a new warehouse the first batch pass goes first, as long as it takes: before it no merchant has a category, and aggregates keep the
/// category of the moment. Where none has begun, it is waited for within reason. Nothing is lost meanwhile, the streams keep it.
/// </summary>
internal static class FirstPass
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <param name="patience">For a pass to begin, also for another one after one that failed.</param>
    public static async Task AwaitAsync(NpgsqlDataSource warehouse, TimeSpan patience, TimeProvider clock, CancellationToken cancellationToken)
    {
        var idleSince = clock.GetTimestamp();
        while (await StateAsync(warehouse, cancellationToken) is not State.Done and var state)
        {
            if (state == State.Running)
                idleSince = clock.GetTimestamp();
            else if (clock.GetElapsedTime(idleSince) >= patience)
                return;
            await Task.Delay(Look, clock, cancellationToken);
        }
    }

    private enum State
    {
        None,
        Running,
        Done,
    }

    private static async Task<State> StateAsync(NpgsqlDataSource warehouse, CancellationToken cancellationToken)
    {
        // A row may be left by a process that is gone; the lock is not. An advisory lock of one 64-bit key is shown in two halves.
        await using var command = warehouse.CreateCommand("""
            select case
                when exists (select from etl.run where kind = 'batch' and status = 'succeeded') then 2
                when exists (select from etl.run where kind = 'batch' and status = 'running')
                 and exists (
                    select from pg_locks
                    where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
                      and objsubid = 1 and (classid::bigint << 32 | objid::bigint) = $1 and granted) then 1
                else 0
            end
            """);
        command.Parameters.Add(new() { Value = PassLock.Key });
        return (State)(int)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
