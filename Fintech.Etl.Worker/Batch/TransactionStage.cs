using Fintech.Etl.Worker.Batch.Copy;
using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>Rows on their way into <c>stage_transaction</c>, by COPY.</summary>
internal sealed class TransactionStage : IAsyncDisposable
{
    private const string Copy =
        "copy stage_transaction (transaction_id, customer_id, merchant_name, occurred_at, date_key, amount, type, currency, terminal_id, content_hash, check_name, reason) from stdin (format binary)";

    private readonly CopyWriter writer;

    private TransactionStage(CopyWriter writer) => this.writer = writer;

    public static async Task<TransactionStage> BeginAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var stream = await connection.BeginRawBinaryCopyAsync(Copy, cancellationToken);
        stream.WriteTimeout = BatchSql.TimeoutSeconds * 1_000;
        return new TransactionStage(new CopyWriter(stream));
    }

    public ValueTask AddAsync(in StagedTransaction row, byte[] contentHash, CancellationToken cancellationToken)
    {
        writer.Row(12);
        writer.Text(row.TransactionId);
        if (row.CustomerId is { } customer)
            writer.Bigint(customer);
        else
            writer.Null();
        writer.Text(row.MerchantName);
        if (row.OccurredAt is { } occurredAt)
        {
            writer.Timestamp(occurredAt);
            writer.Integer(row.DateKey!.Value);
        }
        else
        {
            writer.Null();
            writer.Null();
        }

        if (row.Amount is { } amount)
            writer.Amount(amount);
        else
            writer.Null();
        writer.Text(row.Type);
        writer.Text(row.Currency);
        writer.TextOrNull(row.TerminalId);
        writer.Bytes(contentHash);
        if (row.Failed is { } failed)
        {
            writer.Text(failed.Name);
            writer.Text(failed.What);
        }
        else
        {
            writer.Null();
            writer.Null();
        }

        return writer.FlushAsync(cancellationToken);
    }

    public Task CompleteAsync(CancellationToken cancellationToken) => writer.CompleteAsync(cancellationToken);

    public ValueTask DisposeAsync() => writer.DisposeAsync();
}
