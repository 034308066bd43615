using System.Data;
using System.Runtime.CompilerServices;
using Fintech.Etl.Worker.Batch.Copy;
using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// One consistent look at the source: what is counted, and what is copied, is the same set of rows, whatever is committed
/// meanwhile. Rows stream by; nothing here grows with the size of a table.
/// </summary>
internal sealed class SourceSnapshot(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
{
    // Dates out of .NET's reach ('infinity', 44 BC) count as unknown: nothing is measured by them.
    private const string Customers = """
        copy (
            select customer_id, first_name, last_name, email,
                   case when signup_date between date '0001-01-01' and date '9999-12-31' then signup_date end
            from customers
            order by customer_id
        ) to stdout (format binary)
        """;

    public NpgsqlConnection Connection => connection;

    public static async Task<SourceSnapshot> OpenAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken);
        try
        {
            var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
            await using var readOnly = new NpgsqlCommand("set transaction read only", connection, transaction);
            await readOnly.ExecuteNonQueryAsync(cancellationToken);
            return new SourceSnapshot(connection, transaction);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Count and sum as the source itself computes them.</summary>
    public async Task<Tally> TallyAsync(string selection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"select count(*), coalesce(sum(amount), 0) from ({selection}) as selected", connection, transaction);
        command.CommandTimeout = BatchSql.TimeoutSeconds;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new Tally(reader.GetInt64(0), reader.GetDecimal(1));
    }

    public async IAsyncEnumerable<CustomerRow> CustomersAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var rows = await ExportAsync(Customers, cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            yield return new CustomerRow(rows.Integer(0)!.Value, rows.Text(1), rows.Text(2), rows.Text(3), rows.Date(4));
    }

    /// <summary>In ascending order of their ids, as the gap tracker needs them. What is yielded is used again for later rows.</summary>
    public IAsyncEnumerable<ArraySegment<TransactionRow>> TransactionsAsync(string selection, CancellationToken cancellationToken) =>
        ReadAhead.RunAsync<TransactionRow>((chunks, token) => ReadAsync(selection, chunks, token), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }

    private async Task ReadAsync(string selection, ChunkWriter<TransactionRow> chunks, CancellationToken cancellationToken)
    {
        var merchants = new NameCache();
        await using var rows = await ExportAsync(
            $"copy (select * from ({selection}) as selected order by transaction_id) to stdout (format binary)", cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            chunks.Add(new TransactionRow(
                rows.Integer(0)!.Value,
                rows.Integer(1),
                rows.Timestamp(2),
                rows.Numeric(3),
                rows.IsNull(4) ? null : merchants.Get(rows.Bytes(4))));
            if (chunks.IsFull)
                await chunks.SendAsync(cancellationToken);
        }

        await chunks.SendAsync(cancellationToken);
    }

    private async Task<CopyReader> ExportAsync(string copy, CancellationToken cancellationToken)
    {
        var stream = await connection.BeginRawBinaryCopyAsync(copy, cancellationToken);
        stream.ReadTimeout = BatchSql.TimeoutSeconds * 1_000;   // The longest silence: the source may have to sort first.
        return new CopyReader(stream);
    }
}
