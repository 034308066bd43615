using System.Data;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Fintech.Etl.Worker.Batch.Copy;
using Fintech.Etl.Worker.Extract;
using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// One consistent look at the source: what is counted, and what is copied, is the same set of rows, whatever is committed
/// meanwhile. Rows stream by; nothing here grows with the size of a table.
/// </summary>
internal sealed class SourceSnapshot : IAsyncDisposable
{
    private readonly NpgsqlConnection connection;
    private readonly NpgsqlTransaction transaction;
    private readonly UpdatedSince since;
    private bool released;

    private SourceSnapshot(NpgsqlConnection connection, NpgsqlTransaction transaction, SourceContract contract, DateTime readAt, BatchOptions options)
    {
        this.connection = connection;
        this.transaction = transaction;
        Contract = contract;
        ReadAt = readAt;
        since = new UpdatedSince(readAt, options);
        Transactions = new TransactionSelection(contract.Transactions, options);
    }

    /// <summary>The source's own clock, a moment before the snapshot.</summary>
    public DateTime ReadAt { get; }

    public SourceContract Contract { get; }

    public TransactionSelection Transactions { get; }

    /// <exception cref="BatchException">The source does not yield what is promised.</exception>
    public static async Task<SourceSnapshot> OpenAsync(NpgsqlDataSource source, BatchOptions options, CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken);
        try
        {
            var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
            await using var begin = new NpgsqlCommand("set transaction read only; select now()", connection, transaction);
            var readAt = (DateTime)(await begin.ExecuteScalarAsync(cancellationToken))!;
            var contract = await SourceContract.CheckAsync(connection, options.Extract, cancellationToken);
            return new SourceSnapshot(connection, transaction, contract, readAt, options);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>The transactions that a pass reads, as a query to count and to copy.</summary>
    public string Select(BatchRequest request, Watermark watermark) =>
        Transactions.For(request, watermark.LastId, watermark.Gaps, since.In(Contract.Transactions, watermark.ReadAt));

    public NpgsqlCommand Command(string sql) => new(sql, connection, transaction) { CommandTimeout = BatchSql.TimeoutSeconds };

    /// <summary>About how many rows a selection has, as the source's planner thinks: without reading them.</summary>
    public async Task<long> EstimateAsync(string selection, CancellationToken cancellationToken)
    {
        await using var command = Command($"explain (format json) {selection}");
        using var plan = JsonDocument.Parse((string)(await command.ExecuteScalarAsync(cancellationToken))!);
        return (long)plan.RootElement[0].GetProperty("Plan").GetProperty("Plan Rows").GetDouble();
    }

    /// <summary>Count and sum as the source itself computes them, for each currency.</summary>
    public async Task<IReadOnlyList<(string Currency, Tally Tally)>> CountAsync(string selection, CancellationToken cancellationToken)
    {
        await using var command = Command(Transactions.Count(selection));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var counted = new List<(string, Tally)>();
        while (await reader.ReadAsync(cancellationToken))
            counted.Add((reader.GetString(0), new Tally(reader.GetInt64(1), reader.GetDecimal(2))));
        return counted;
    }

    /// <returns>Null where the selection is empty.</returns>
    public async Task<long?> HighestIdAsync(string selection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"select max(transaction_id)::bigint from ({selection}) as selected", connection, transaction);
        return await command.ExecuteScalarAsync(cancellationToken) as long?;
    }

    /// <summary>Number of customers and a digest of them for each block that has any.</summary>
    public async IAsyncEnumerable<(int Block, long Customers, decimal Digest)> CustomerDigestsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(CustomerSelection.Digests(Contract.Customers), connection, transaction);
        command.CommandTimeout = BatchSql.TimeoutSeconds;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            yield return (reader.GetInt32(0), reader.GetInt64(1), reader.GetDecimal(2));
    }

    /// <summary>In ascending order of their ids.</summary>
    public async Task ReadCustomersAsync(CustomerChoice choice, ChunkWriter<CustomerRow> chunks, CancellationToken cancellationToken)
    {
        var updated = since.In(Contract.Customers, choice.UpdatedSince);
        await using var rows = await ExportAsync(CustomerSelection.Of(Contract.Customers, choice, updated), cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            await chunks.AddAsync(new CustomerRow(Id(rows, ExtractColumn.CustomerId), rows.Text(1), rows.Text(2), rows.Text(3), rows.Date(4)), cancellationToken);
    }

    /// <summary>In ascending order of their ids, as the gap tracker needs them.</summary>
    public async Task ReadTransactionsAsync(string selection, ChunkWriter<TransactionRow> chunks, CancellationToken cancellationToken)
    {
        await using var rows = await ExportAsync($"select * from ({selection}) as selected order by transaction_id", cancellationToken);
        var reader = new TransactionReader(rows, Transactions);
        while (await rows.ReadAsync(cancellationToken))
            await chunks.AddAsync(reader.Row(), cancellationToken);
    }

    /// <summary>
    /// Gives the source back, which a pass does as soon as it has read all, before its block ends. Once: Npgsql hands the same
    /// transaction out again with its connection, and to dispose of it a second time would roll back that of somebody else.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (released)
            return;
        released = true;
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }

    internal static long Id(CopyReader rows, string column) => rows.Integer(0)
        ?? throw new BatchException($"The source has a row without {column}, which has to tell rows from one another.");

    private async Task<CopyReader> ExportAsync(string query, CancellationToken cancellationToken)
    {
        var stream = await connection.BeginRawBinaryCopyAsync($"copy ({query}) to stdout (format binary)", cancellationToken);
        stream.ReadTimeout = BatchSql.TimeoutSeconds * 1_000;   // The longest silence: the source may have to sort first.
        return new CopyReader(stream);
    }
}
