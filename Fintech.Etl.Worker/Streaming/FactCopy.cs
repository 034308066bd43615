using System.Buffers.Text;
using Fintech.Etl.Worker.Batch.Copy;
using Fintech.Etl.Worker.Warehouse;
using Npgsql;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>Rows straight into the fact table, whose key objects where one of them is known already.</summary>
internal static class FactCopy
{
    private const string Statement =
        """
        copy dw.fact_transactions (
            transaction_id, source_system, type, customer_key, merchant_key, date_key, occurred_at, received_at,
            amount, currency, terminal_id, load_id, stream_entry)
        from stdin (format binary)
        """;

    private const int Columns = 13;

    /// <exception cref="PostgresException">Among others of a key that is known: then nothing was written, and the transaction has failed.</exception>
    public static async Task WriteAsync(
        NpgsqlConnection connection, IReadOnlyList<ClaimedTransaction> rows, string stream, long loadId, CancellationToken cancellationToken)
    {
        await using var writer = new CopyWriter(await connection.BeginRawBinaryCopyAsync(Statement, cancellationToken), TimeSpan.FromSeconds(WriterPatience.Seconds));
        var prefix = System.Text.Encoding.UTF8.GetBytes($"{stream}/");
        for (var i = 0; i < rows.Count; i++)
        {
            Write(writer, rows[i], prefix, loadId);
            await writer.FlushAsync(cancellationToken);
        }

        await writer.CompleteAsync(cancellationToken);
    }

    private static void Write(CopyWriter writer, ClaimedTransaction row, ReadOnlySpan<byte> prefix, long loadId)
    {
        var (transaction, content) = (row.Event, row.Event.Content);
        writer.Row(Columns);
        writer.Text(transaction.Key.TransactionId);
        writer.Text(transaction.Key.SourceSystem);
        writer.Text(content.Type);
        writer.Bigint(row.CustomerKey);
        writer.Bigint(row.MerchantKey);
        writer.Integer(content.OccurredAt.Year * 10_000 + content.OccurredAt.Month * 100 + content.OccurredAt.Day);
        writer.Timestamp(content.OccurredAt);
        writer.Timestamp(transaction.ReceivedAt);
        writer.Amount(content.Amount);
        writer.Text(content.Currency);
        writer.TextOrNull(transaction.TerminalId);
        writer.Bigint(loadId);

        // transactions:3/1767225600000-0
        Span<byte> entry = stackalloc byte[prefix.Length + 41];
        prefix.CopyTo(entry);
        var length = prefix.Length;
        Utf8Formatter.TryFormat(transaction.Entry.Milliseconds, entry[length..], out var digits);
        length += digits;
        entry[length++] = (byte)'-';
        Utf8Formatter.TryFormat(transaction.Entry.Sequence, entry[length..], out digits);
        writer.Bytes(entry[..(length + digits)]);
    }
}
