using System.Security.Cryptography;
using Npgsql;

namespace Fintech.Etl.Worker.Privacy;

/// <summary>A row of the quarantine whose content is encrypted.</summary>
internal readonly record struct SealedRow(long RejectedId, byte[] Sealed)
{
    /// <summary>In the order of their ids, locked until the end of the transaction.</summary>
    /// <param name="exceptVersion">Leaves out what is sealed under this key version; 0, which is none, leaves out nothing.</param>
    public static async Task<List<SealedRow>> ReadAsync(
        NpgsqlConnection connection, long after, int limit, int exceptVersion, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select rejected_id, sealed from etl.rejected_row
            where rejected_id > $1 and sealed is not null and substring(sealed for 4) <> int4send($2)
            order by rejected_id limit $3 for update
            """, connection);
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = exceptVersion });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<SealedRow>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(new(reader.GetInt64(0), (byte[])reader[1]));
        return rows;
    }

    /// <param name="discard">The content is gone, so there is nothing left to replay.</param>
    public static async Task ReplaceAsync(NpgsqlConnection connection, long rejectedId, byte[] @sealed, bool discard, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "update etl.rejected_row set sealed = $2, status = case when $3 then 'discarded' else status end where rejected_id = $1", connection);
        command.Parameters.Add(new() { Value = rejectedId });
        command.Parameters.Add(new() { Value = @sealed });
        command.Parameters.Add(new() { Value = discard });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <returns>Null where neither key opens it, which is counted and told.</returns>
    public byte[]? TryUnseal(PiiKeyRing keys)
    {
        try
        {
            return keys.Unseal(Sealed);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
