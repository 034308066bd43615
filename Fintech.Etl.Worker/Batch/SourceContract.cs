using Fintech.Etl.Worker.Extract;
using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// The two extracts as they are promised to us. A column that was dropped or retyped stops a pass before it writes anything:
/// binary COPY would otherwise fail somewhere in the middle, or a number lose its cents. Columns that are new stop nothing, and
/// are reported.
/// </summary>
internal sealed record SourceContract(SourceExtract Customers, SourceExtract Transactions)
{
    /// <exception cref="BatchException">Something differs; names extract or table, column, expected and found.</exception>
    public static async Task<SourceContract> CheckAsync(NpgsqlConnection source, ExtractOptions extracts, CancellationToken cancellationToken) => new(
        await SourceExtract.DescribeAsync(source, "customers", extracts.Customers, ExtractColumn.OfCustomers, cancellationToken),
        await SourceExtract.DescribeAsync(source, "transactions", extracts.Transactions, ExtractColumn.OfTransactions, cancellationToken));

    /// <summary>Makes new columns findings of this pass, for the check <c>new_columns</c>.</summary>
    public async Task ReportAsync(NpgsqlConnection warehouse, CancellationToken cancellationToken)
    {
        string[] found = [.. Customers.NewColumns, .. Transactions.NewColumns];
        if (found.Length == 0)
            return;

        await using var insert = new NpgsqlCommand("insert into finding (check_name, record_key) select $1, unnest($2)", warehouse)
        {
            Parameters = { new() { Value = Checks.NewColumns.Name }, new() { Value = found } },
        };
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }
}
