using Fintech.Producer.Simulation;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Producer.History;

internal enum SourceContent
{
    /// <summary>No table, or no row in them.</summary>
    Empty,

    /// <summary>Complete, and ours: the comment is written in the transaction that wrote the rows.</summary>
    Simulated,

    /// <summary>Rows that somebody else wrote.</summary>
    Foreign,
}

/// <summary>What was loaded, to be compared with what the platform says it read.</summary>
internal sealed record SourceTotals(int Transactions, decimal Amount);

/// <summary>The tables <c>customers</c> and <c>transactions</c> of the source, within a transaction the caller owns.</summary>
internal sealed class SourceTables(NpgsqlConnection connection)
{
    private const string Mark = "Simulated by Fintech.Producer";

    private static readonly string CreateSql = EmbeddedSql.Read("create-source.sql");

    /// <summary>Two producers at once would both find the tables empty: the second waits here until the first has committed.</summary>
    public Task LockAsync(CancellationToken cancellationToken) =>
        ExecuteAsync("SELECT pg_advisory_xact_lock(hashtext('fintech.producer.history'))", cancellationToken);

    public async Task<SourceContent> InspectAsync(CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT obj_description(to_regclass('transactions'), 'pg_class')", connection);
        if (await command.ExecuteScalarAsync(cancellationToken) is string comment && comment.StartsWith(Mark, StringComparison.Ordinal))
            return SourceContent.Simulated;

        return await HasRowsAsync("customers", cancellationToken) || await HasRowsAsync("transactions", cancellationToken)
            ? SourceContent.Foreign
            : SourceContent.Empty;
    }

    public Task CreateAsync(CancellationToken cancellationToken) => ExecuteAsync(CreateSql, cancellationToken);

    public async Task LoadAsync(IEnumerable<Customer> customers, CancellationToken cancellationToken)
    {
        const string copy = "COPY customers (customer_id, first_name, last_name, email, signup_date) FROM STDIN (FORMAT BINARY)";
        await using var importer = await connection.BeginBinaryImportAsync(copy, cancellationToken);

        foreach (var customer in customers)
        {
            await importer.StartRowAsync(cancellationToken);
            await importer.WriteAsync(customer.Id, NpgsqlDbType.Integer, cancellationToken);
            await importer.WriteAsync(customer.FirstName, NpgsqlDbType.Varchar, cancellationToken);
            await importer.WriteAsync(customer.LastName, NpgsqlDbType.Varchar, cancellationToken);
            await importer.WriteAsync(customer.Email, NpgsqlDbType.Varchar, cancellationToken);
            await importer.WriteAsync(customer.SignupDate, NpgsqlDbType.Date, cancellationToken);
        }

        await importer.CompleteAsync(cancellationToken);
    }

    /// <summary>Ids are ours and not the sequence's, which would not start again at 1 after an attempt that was rolled back.</summary>
    public async Task<SourceTotals> LoadAsync(IEnumerable<SourceTransaction> transactions, CancellationToken cancellationToken)
    {
        var totals = new SourceTotals(0, 0.00m);
        const string copy = "COPY transactions (transaction_id, customer_id, transaction_date, amount, merchant_details) FROM STDIN (FORMAT BINARY)";
        await using var importer = await connection.BeginBinaryImportAsync(copy, cancellationToken);

        foreach (var row in transactions)
        {
            await importer.StartRowAsync(cancellationToken);
            await importer.WriteAsync(row.Id, NpgsqlDbType.Integer, cancellationToken);
            await importer.WriteAsync(row.CustomerId, NpgsqlDbType.Integer, cancellationToken);
            await importer.WriteAsync(row.Date, NpgsqlDbType.Timestamp, cancellationToken);
            await importer.WriteAsync(row.Amount, NpgsqlDbType.Numeric, cancellationToken);
            await importer.WriteAsync(row.Merchant, NpgsqlDbType.Varchar, cancellationToken);
            totals = new SourceTotals(totals.Transactions + 1, totals.Amount + row.Amount);
        }

        await importer.CompleteAsync(cancellationToken);
        return totals;
    }

    /// <summary>The last step: the sequence goes past our ids, and the comment says for ever that this history is done.</summary>
    public Task FinishAsync(HistoryOptions options, DateTime end, CancellationToken cancellationToken) => ExecuteAsync(
        $"""
        SELECT setval(pg_get_serial_sequence('transactions', 'transaction_id'), coalesce(max(transaction_id), 1), max(transaction_id) IS NOT NULL)
        FROM transactions;

        COMMENT ON TABLE transactions IS
            '{Mark}: {options.Customers} customers, {options.Merchants} merchants, {options.Transactions} transactions in {options.Days} days up to {end:s}Z, seed {options.Seed}';
        """,
        cancellationToken);

    private async Task<bool> HasRowsAsync(string table, CancellationToken cancellationToken)
    {
        await using var exists = new NpgsqlCommand("SELECT to_regclass($1) IS NOT NULL", connection) { Parameters = { new() { Value = table } } };
        if (await exists.ExecuteScalarAsync(cancellationToken) is not true)
            return false;

        await using var rows = new NpgsqlCommand($"SELECT EXISTS (SELECT FROM {table})", connection);
        return await rows.ExecuteScalarAsync(cancellationToken) is true;
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        // No deadline of its own: waiting for another producer's history may take a while, and the host's token ends it.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
