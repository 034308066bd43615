using Fintech.Etl.Worker.Batch.Copy;
using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>Takes the merchants of a pass, by way of a stage that <c>merge_merchants.sql</c> compares with the dimension.</summary>
internal sealed class MerchantLoad : IAsyncDisposable
{
    private readonly NpgsqlConnection connection;
    private readonly PassContext pass;
    private readonly CopyWriter writer;
    private long position;

    private MerchantLoad(NpgsqlConnection connection, PassContext pass, CopyWriter writer) =>
        (this.connection, this.pass, this.writer) = (connection, pass, writer);

    public static async Task<MerchantLoad> BeginAsync(NpgsqlConnection connection, PassContext pass, CancellationToken cancellationToken)
    {
        var stream = await connection.BeginRawBinaryCopyAsync(
            "copy stage_merchant (position, record_key, merchant_name, category, check_name, reason, sealed, content_hash) from stdin (format binary)",
            cancellationToken);
        stream.WriteTimeout = BatchSql.TimeoutSeconds * 1_000;
        return new MerchantLoad(connection, pass, new CopyWriter(stream));
    }

    public async Task AddAsync(ArraySegment<StagedMerchant> merchants, CancellationToken cancellationToken)
    {
        for (var i = 0; i < merchants.Count; i++)
        {
            Write(merchants[i]);
            await writer.FlushAsync(cancellationToken);
        }
    }

    /// <returns>Versions that came to be: merchants seen for the first time, and changed ones.</returns>
    public async Task<long> CompleteAsync(CancellationToken cancellationToken)
    {
        await writer.CompleteAsync(cancellationToken);
        await using var merge = BatchSql.Command(connection, "merge_merchants", pass);
        return (long)(await merge.ExecuteScalarAsync(cancellationToken))!;
    }

    public ValueTask DisposeAsync() => writer.DisposeAsync();

    private void Write(in StagedMerchant row)
    {
        writer.Row(8);
        writer.Bigint(position++);
        writer.Text(row.RecordKey);
        writer.TextOrNull(row.Name);
        writer.TextOrNull(row.Category);
        writer.TextOrNull(row.Fault is null ? null : "merchant_document");
        writer.TextOrNull(row.Fault);
        writer.BytesOrNull(row.Sealed);
        writer.Bytes(row.ContentHash);
    }
}
