using System.Data;
using System.Runtime.CompilerServices;
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
        while (await rows.StartRowAsync(cancellationToken) >= 0)
        {
            yield return new CustomerRow(
                await rows.ReadAsync<int>(cancellationToken),
                await TextAsync(rows, cancellationToken),
                await TextAsync(rows, cancellationToken),
                await TextAsync(rows, cancellationToken),
                await ValueAsync<DateOnly>(rows, cancellationToken));
        }
    }

    /// <summary>In ascending order of their ids, as the gap tracker needs them.</summary>
    public async IAsyncEnumerable<TransactionRow> TransactionsAsync(string selection, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var rows = await ExportAsync(
            $"copy (select * from ({selection}) as selected order by transaction_id) to stdout (format binary)", cancellationToken);
        while (await rows.StartRowAsync(cancellationToken) >= 0)
        {
            yield return new TransactionRow(
                await rows.ReadAsync<int>(cancellationToken),
                await ValueAsync<int>(rows, cancellationToken),
                await ValueAsync<DateTime>(rows, cancellationToken),
                await ValueAsync<decimal>(rows, cancellationToken),
                await TextAsync(rows, cancellationToken));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }

    private async Task<NpgsqlBinaryExporter> ExportAsync(string copy, CancellationToken cancellationToken)
    {
        var rows = await connection.BeginBinaryExportAsync(copy, cancellationToken);
        rows.Timeout = TimeSpan.FromSeconds(BatchSql.TimeoutSeconds);   // The longest silence: the source may have to sort first.
        return rows;
    }

    private static async ValueTask<T?> ValueAsync<T>(NpgsqlBinaryExporter rows, CancellationToken cancellationToken) where T : struct
    {
        if (!rows.IsNull)
            return await rows.ReadAsync<T>(cancellationToken);

        await rows.SkipAsync(cancellationToken);
        return null;
    }

    private static async ValueTask<string?> TextAsync(NpgsqlBinaryExporter rows, CancellationToken cancellationToken)
    {
        if (!rows.IsNull)
            return await rows.ReadAsync<string>(cancellationToken);

        await rows.SkipAsync(cancellationToken);
        return null;
    }
}
