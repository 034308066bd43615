using Fintech.Etl.Worker.Warehouse;
using Npgsql;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>
/// Who wrote to a partition before, and may still hold the row of its checkpoint: each batch tells by an advisory lock, for as long as its
/// transaction is, that it writes to the partition, and who becomes its owner ends those that have stood still.
/// </summary>
internal static class Predecessor
{
    /// <summary>First key of the advisory lock, any constant of our own; the second key is the partition.</summary>
    private const int WriterLock = 7_873_263;

    /// <summary>Part of a batch's transaction. It is shared: nobody waits for it.</summary>
    public static NpgsqlBatchCommand Announce(int partition) => new("select pg_advisory_xact_lock_shared($1, $2)")
    {
        Parameters = { new NpgsqlParameter<int> { TypedValue = WriterLock }, new NpgsqlParameter<int> { TypedValue = partition } },
    };

    /// <returns>How many transactions were ended; they are rolled back.</returns>
    public static async Task<int> EndAsync(NpgsqlDataSource warehouse, int partition, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // A session may be ended by who signed in as the same, which the role that owns the tables did not.
        await using (var own = new NpgsqlCommand("set local role none", connection) { CommandTimeout = WriterPatience.Seconds })
            await own.ExecuteNonQueryAsync(cancellationToken);
        await using var end = new NpgsqlCommand(Sql.Read("Streaming/Sql/end_predecessor.sql"), connection);
        end.Parameters.Add(new() { Value = (long)WriterLock });
        end.Parameters.Add(new() { Value = (long)partition });
        await using var reader = await end.ExecuteReaderAsync(cancellationToken);
        var ended = 0;
        while (await reader.ReadAsync(cancellationToken))
            ended++;
        return ended;
    }
}
