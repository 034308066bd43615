using Fintech.Etl.Worker.Warehouse;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>A stream as it was when last found in step with its checkpoint.</summary>
/// <param name="Epoch">Null where a checkpoint was made before streams were marked.</param>
/// <param name="Last">Its newest entry: until it is read, it must be there.</param>
internal readonly record struct Sighting(string? Epoch, long Added, EntryId Last);

/// <param name="Kind"><c>reset</c>, <c>older-copy</c> or <c>removed</c>.</param>
/// <param name="Missing">Entries known to have been there and never read.</param>
internal sealed record StreamLoss(string Kind, long Added, long Missing);

/// <summary>What the warehouse remembers of a stream beside the position: how it looked, and what it lost.</summary>
internal sealed class StreamBook(string stream, NpgsqlDataSource warehouse)
{
    public async Task<Sighting> ReadAsync(CancellationToken cancellationToken)
    {
        await using var read = warehouse.CreateCommand(
            "select epoch, coalesce(entries_seen, 0), coalesce(last_seen, '0-0') from etl.stream_checkpoint where stream = $1");
        read.CommandTimeout = WriterPatience.Seconds;
        read.Parameters.Add(new() { Value = stream });
        await using var row = await read.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new(row.IsDBNull(0) ? null : row.GetString(0), row.GetInt64(1), EntryId.Parse(row.GetString(2)));
    }

    /// <exception cref="FencedException">Another owner moved the checkpoint.</exception>
    public async Task SaveAsync(Checkpoint checkpoint, Sighting seen, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await WriterPatience.OfBatchesAsync(connection, cancellationToken);
        await using var save = Save(checkpoint, seen, connection);
        if (await save.ExecuteNonQueryAsync(cancellationToken) == 0)
            throw new FencedException(checkpoint);
    }

    /// <summary>Writes a loss down, and with it where reading goes on: both or nothing.</summary>
    /// <exception cref="FencedException">Another owner moved the checkpoint.</exception>
    public async Task<Checkpoint> SettleAsync(
        Checkpoint checkpoint, EntryId to, long entriesRead, StreamLoss loss, Sighting seen, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await WriterPatience.OfBatchesAsync(connection, cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var move = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands = { checkpoint.Advance(to, entriesRead - checkpoint.EntriesRead, null) }, Timeout = WriterPatience.Seconds,
        })
        {
            if (await move.ExecuteScalarAsync(cancellationToken) is not long)
                throw new FencedException(checkpoint);
        }

        var moved = new Checkpoint(stream, to, entriesRead);
        await using (var save = Save(moved, seen, connection))
            await save.ExecuteNonQueryAsync(cancellationToken);
        await using var note = new NpgsqlCommand(
            """
            insert into etl.stream_loss (stream, kind, after_entry, entries_read, entries_added, missing) values ($1, $2, $3, $4, $5, $6)
            """, connection, transaction);
        note.Parameters.Add(new() { Value = stream });
        note.Parameters.Add(new() { Value = loss.Kind });
        note.Parameters.Add(new() { Value = checkpoint.LastEntry.ToString() });
        note.Parameters.Add(new() { Value = checkpoint.EntriesRead });
        note.Parameters.Add(new() { Value = loss.Added });
        note.Parameters.Add(new() { Value = loss.Missing });
        await note.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return moved;
    }

    private NpgsqlCommand Save(Checkpoint checkpoint, Sighting seen, NpgsqlConnection connection) => new(
        "update etl.stream_checkpoint set epoch = $3, entries_seen = $4, last_seen = $5 where stream = $1 and last_entry = $2", connection)
    {
        Parameters =
        {
            new NpgsqlParameter<string> { TypedValue = stream },
            new NpgsqlParameter<string> { TypedValue = checkpoint.LastEntry.ToString() },
            new NpgsqlParameter { Value = (object?)seen.Epoch ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
            new NpgsqlParameter<long> { TypedValue = seen.Added },
            new NpgsqlParameter<string> { TypedValue = seen.Last.ToString() },
        },
    };
}
