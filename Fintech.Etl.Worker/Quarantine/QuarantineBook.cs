using System.Text.Json.Nodes;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Commands;
using Fintech.Etl.Worker.Privacy;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Quarantine;

/// <summary>Looks at rejected rows, and decides on them one by one. Every change is in <c>etl.audit</c>, in the same transaction.</summary>
internal sealed class QuarantineBook(NpgsqlDataSource warehouse, PiiKeyRing keys)
{
    /// <returns>The rows, and how many more there are than were asked for.</returns>
    public async Task<(List<RejectedRow> Rows, long Left)> ListAsync(RejectedFilter filter, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        var rows = await ReadAsync(connection, filter, limit, "", cancellationToken);
        if (rows.Count < limit)
            return (rows, 0);

        await using var count = new NpgsqlCommand($"select count(*) from ({Warehouse.Sql.Read("Quarantine/Sql/rejected_rows.sql")}) as rejected", connection);
        filter.AddTo(count.Parameters);
        count.Parameters.Add(new NpgsqlParameter("limit", NpgsqlDbType.Bigint) { Value = DBNull.Value });
        return (rows, (long)(await count.ExecuteScalarAsync(cancellationToken))! - rows.Count);
    }

    /// <exception cref="QuarantineException">There is no such row.</exception>
    public async Task<RejectedRow> GetAsync(long id, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        return await GetAsync(connection, id, "", cancellationToken);
    }

    /// <summary>Decrypts what could not be read, which may hold anything. Not shown before the audit has it.</summary>
    /// <exception cref="QuarantineException">There is nothing sealed, or it was sealed under another key.</exception>
    public async Task<byte[]> UnsealAsync(long id, string actor, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var read = new NpgsqlCommand("select sealed from etl.rejected_row where rejected_id = $1", connection) { Parameters = { new() { Value = id } } };
        if (await read.ExecuteScalarAsync(cancellationToken) is not byte[] sealedBytes)
            throw new QuarantineException($"Row {id} has nothing sealed.");

        byte[] plain;
        try
        {
            plain = keys.Unseal(sealedBytes);
        }
        catch (System.Security.Cryptography.CryptographicException e)
        {
            throw new QuarantineException($"Row {id} was sealed under another key than the current one.", e);
        }

        await AuditTrail.RecordAsync(connection, actor, "rejected unseal", Subject(id), [], cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return plain;
    }

    /// <summary>Keeps a corrected version beside the one that came. A customer who was erased is written by the number that stands for them.</summary>
    /// <param name="assignments"><c>field=value</c>, each.</param>
    /// <param name="wholeEvent">The event anew, as JSON; for rows of streams.</param>
    /// <exception cref="QuarantineException">The row is not open, or not to be corrected here, or a value does not fit its field.</exception>
    public async Task<(RejectedRow Row, JsonObject Changes)> FixAsync(
        long id, IReadOnlyList<string> assignments, string? wholeEvent, string actor, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var erased = await ErasedSubjects.HoldAsync(connection, keys.Current, cancellationToken);
        var row = await GetOpenAsync(connection, id, cancellationToken);
        if (row.IsMerchant)
            throw new QuarantineException($"Row {id} is a document of MongoDB: correct it there, where every pass reads it again, and discard the row.");
        if (wholeEvent is not null && !row.IsEvent)
            throw new QuarantineException($"Row {id} is a row of {row.Origin}: set its fields with --set.");
        if (wholeEvent is null && row.Content is null)
            throw new QuarantineException($"Row {id} could not be read, so there are no fields to set: give the whole event with --event.");

        var content = wholeEvent is null ? JsonNode.Parse(row.Content!)!.AsObject() : Correction.Event(wholeEvent);
        var changes = Correction.Apply(row, content, assignments);
        if (wholeEvent is not null)
            changes["event"] = content.DeepClone();
        // As a pass would: somebody erased does not come back by way of a correction.
        PersonalJson.Replace(content, erased.AliasOf);
        PersonalJson.Replace(changes, erased.AliasOf);
        await using (var update = new NpgsqlCommand("update etl.rejected_row set fixed_payload = $2, fixed_at = clock_timestamp() where rejected_id = $1", connection)
        {
            Parameters = { new() { Value = id }, new() { Value = content.ToJsonString(), NpgsqlDbType = NpgsqlDbType.Jsonb } },
        })
        {
            await update.ExecuteNonQueryAsync(cancellationToken);
        }

        await AuditTrail.RecordAsync(connection, actor, "rejected fix", Subject(id), (JsonObject)changes.DeepClone(), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return (row, changes);
    }

    /// <summary>Decides that rows will never be facts: all of them or none.</summary>
    /// <exception cref="QuarantineException">One of them does not exist, or is decided on already.</exception>
    public async Task DiscardAsync(IReadOnlyList<long> ids, string because, string actor, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        foreach (var id in ids.Distinct().Order())
        {
            await GetOpenAsync(connection, id, cancellationToken);
            await using var update = new NpgsqlCommand(
                "update etl.rejected_row set status = 'discarded', decided_at = clock_timestamp() where rejected_id = $1", connection)
            {
                Parameters = { new() { Value = id } },
            };
            await update.ExecuteNonQueryAsync(cancellationToken);
            await AuditTrail.RecordAsync(connection, actor, "rejected discard", Subject(id), new JsonObject { ["because"] = because }, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Locked until the transaction ends: a replay that takes the same row waits, and one that has it is waited for.</summary>
    private static async Task<RejectedRow> GetOpenAsync(NpgsqlConnection connection, long id, CancellationToken cancellationToken)
    {
        var row = await GetAsync(connection, id, "for update", cancellationToken);
        return row.Status == RejectedRow.Open ? row : throw new QuarantineException(Decided(row));
    }

    /// <summary>Decides that the open rows of a check, an origin or both will never be facts.</summary>
    /// <param name="upTo">The newest row that is meant.</param>
    /// <returns>How many there were.</returns>
    public async Task<long> DiscardAsync(RejectedFilter filter, long upTo, string because, string actor, CancellationToken cancellationToken)
    {
        await using var discard = warehouse.CreateCommand(Warehouse.Sql.Read("Quarantine/Sql/discard_filtered.sql"));
        discard.CommandTimeout = BatchSql.TimeoutSeconds;
        discard.Parameters.Add(new("check", NpgsqlDbType.Text) { Value = (object?)filter.Check ?? DBNull.Value });
        discard.Parameters.Add(new("origin", NpgsqlDbType.Text) { Value = (object?)filter.Origin ?? DBNull.Value });
        discard.Parameters.Add(new("up_to", upTo));
        discard.Parameters.Add(new("actor", actor));
        discard.Parameters.Add(new("because", because));
        return (long)(await discard.ExecuteScalarAsync(cancellationToken))!;
    }

    public static string Decided(RejectedRow row) => row.ReplayRunId is { } run
        ? $"Row {row.Id} is {row.Status} already, by run {run}."
        : $"Row {row.Id} is {row.Status} already.";

    private static async Task<RejectedRow> GetAsync(NpgsqlConnection connection, long id, string locking, CancellationToken cancellationToken) =>
        (await ReadAsync(connection, new RejectedFilter(Ids: [id]), 1, locking, cancellationToken)) is [var row]
            ? row
            : throw new QuarantineException($"There is no rejected row {id}.");

    private static async Task<List<RejectedRow>> ReadAsync(
        NpgsqlConnection connection, RejectedFilter filter, int limit, string locking, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"{Warehouse.Sql.Read("Quarantine/Sql/rejected_rows.sql")} {locking}", connection)
        {
            CommandTimeout = BatchSql.TimeoutSeconds,
        };
        filter.AddTo(command.Parameters);
        command.Parameters.Add(new NpgsqlParameter("limit", NpgsqlDbType.Bigint) { Value = (long)limit });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<RejectedRow>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(RejectedRow.Read(reader));
        return rows;
    }

    private static string Subject(long id) => $"rejected row {id}";
}
