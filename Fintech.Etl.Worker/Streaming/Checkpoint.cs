using Fintech.Etl.Worker.Warehouse;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>How far a stream is in the warehouse.</summary>
/// <param name="LastEntry">Everything up to here is committed.</param>
/// <param name="EntriesRead">How many entries that were, to compare with the server's own count of entries added.</param>
internal sealed record Checkpoint(string Stream, EntryId LastEntry, long EntriesRead)
{
    public static readonly string Owner = $"{Environment.MachineName}/{Environment.ProcessId}";

    /// <param name="entriesGone">Entries no longer in the stream: a new warehouse does not count them as unread.</param>
    public static async Task<Checkpoint> OpenAsync(
        NpgsqlDataSource warehouse, string stream, long entriesGone, CancellationToken cancellationToken)
    {
        await using (var create = warehouse.CreateCommand(
            "insert into etl.stream_checkpoint (stream, entries_read) values ($1, $2) on conflict do nothing"))
        {
            create.CommandTimeout = WriterPatience.Seconds;
            create.Parameters.Add(new() { Value = stream });
            create.Parameters.Add(new() { Value = entriesGone });
            await create.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var read = warehouse.CreateCommand("select last_entry, entries_read from etl.stream_checkpoint where stream = $1");
        read.CommandTimeout = WriterPatience.Seconds;
        read.Parameters.Add(new() { Value = stream });
        await using var reader = await read.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new(stream, EntryId.Parse(reader.GetString(0)), reader.GetInt64(1));
    }

    /// <summary>The statement that moves this checkpoint; it returns the new count, or no row where the fence held.</summary>
    /// <param name="erasedGeneration">The fence also holds where somebody was erased since; null where no data is written.</param>
    public NpgsqlBatchCommand Advance(EntryId to, long entries, long? erasedGeneration) => new(Sql.Read("Streaming/Sql/advance_checkpoint.sql"))
    {
        Parameters =
        {
            new NpgsqlParameter<string> { TypedValue = Stream },
            new NpgsqlParameter<string> { TypedValue = LastEntry.ToString() },
            new NpgsqlParameter<string> { TypedValue = to.ToString() },
            new NpgsqlParameter<long> { TypedValue = entries },
            new NpgsqlParameter<string> { TypedValue = Owner },
            new NpgsqlParameter { Value = (object?)erasedGeneration ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint },
        },
    };
}

/// <summary>Another owner works on the same stream, or a customer was erased meanwhile. What this one was about to write was rolled back; nothing is lost or doubled.</summary>
internal sealed class FencedException(Checkpoint expected)
    : Exception($"Another owner moved the checkpoint of {expected.Stream} past {expected.LastEntry}, or a customer was erased: this batch was rolled back.");
