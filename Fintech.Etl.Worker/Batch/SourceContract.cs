using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// The two tables as they are promised to us. A column that was dropped or retyped stops a pass before it writes anything:
/// binary COPY would otherwise fail somewhere in the middle, or a wider number lose its cents.
/// </summary>
internal static class SourceContract
{
    /// <exception cref="BatchException">Something differs; names table, column, expected and found.</exception>
    public static async Task CheckAsync(NpgsqlConnection source, CancellationToken cancellationToken)
    {
        var faults = new List<string>();
        await using var command = new NpgsqlCommand(Warehouse.Sql.Read("Batch/Sql/source_contract.sql"), source);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var (table, column, expected) = (reader.GetString(0), reader.GetString(1), reader.GetString(2));
            var found = reader.IsDBNull(3) ? "no such column" : reader.GetString(3);
            faults.Add(reader.GetBoolean(4)
                ? $"table {table}, column {column}: expected {expected}, found no such table"
                : $"table {table}, column {column}: expected {expected}, found {found}");
        }

        if (faults.Count > 0)
            throw new BatchException($"The source does not have the schema it should have: {string.Join("; ", faults)}.");
    }
}
