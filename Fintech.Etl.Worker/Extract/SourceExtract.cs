using System.Data;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Warehouse;
using Npgsql;

namespace Fintech.Etl.Worker.Extract;

/// <summary>
/// One of the two queries that read the source, and what its result looks like there. What is needed is taken from it by name;
/// values that the warehouse or .NET cannot hold are guarded against around it, not in it.
/// </summary>
internal sealed class SourceExtract
{
    private readonly string sql;
    private readonly Dictionary<string, FoundType> types;

    private SourceExtract(string sql, Dictionary<string, FoundType> types, IReadOnlyList<string> newColumns) =>
        (this.sql, this.types, NewColumns) = (sql, types, newColumns);

    /// <summary><c>transactions.loyalty_tier</c>: columns nobody asked for.</summary>
    public IReadOnlyList<string> NewColumns { get; }

    /// <summary>To select from: <c>(select …) as extracted</c>. Inlined by the planner where the query is a simple one.</summary>
    public string From => $"from (\n{sql}\n) as extracted";

    public bool Has(string column) => types.ContainsKey(column);

    public FoundType TypeOf(string column) => types[column];

    /// <param name="table">customers or transactions: the table of our own query, and the name of the setting.</param>
    /// <param name="file">Somebody's own query; null or empty for ours.</param>
    /// <exception cref="BatchException">It does not yield what is needed; names file or table, column, expected and found.</exception>
    public static async Task<SourceExtract> DescribeAsync(
        NpgsqlConnection source, string table, string? file, IReadOnlyList<ExtractColumn> columns, CancellationToken cancellationToken)
    {
        // Ours is compared as the table it reads: a column that is missing there would fail the query before it can be described.
        var isOurs = string.IsNullOrEmpty(file);
        var sql = isOurs ? Sql.Read($"Extract/{table}.sql") : await ReadAsync(table, file!, cancellationToken);
        var origin = isOurs ? $"table {table}" : $"extract {file}";
        var (found, repeated) = await DescribeAsync(source, isOurs ? $"select * from {table}" : sql, origin, cancellationToken);

        var faults = repeated.Select(name => $"{origin}, column {name}: expected once, found repeatedly").ToList();
        var types = new Dictionary<string, FoundType>(StringComparer.Ordinal);
        if (isOurs && found.TryGetValue(ExtractColumn.UpdatedAt, out var updatedAt) && ColumnKind.Moment.Types.Contains(updatedAt.Name, StringComparer.Ordinal))
        {
            // Of the optional columns the only one whose meaning needs no telling.
            sql = sql.Replace("\nfrom ", $",\n       {ExtractColumn.UpdatedAt}\nfrom ", StringComparison.Ordinal);
            types[ExtractColumn.UpdatedAt] = updatedAt;
            found.Remove(ExtractColumn.UpdatedAt);
        }

        foreach (var column in columns.Where(column => !isOurs || !column.IsOptional))
        {
            var name = isOurs ? column.InTable : column.Name;
            if (found.Remove(name, out var type) && column.Kind.Types.Contains(type.Name, StringComparer.Ordinal))
                types[column.Name] = type;
            else if (type is not null)
                faults.Add($"{origin}, column {name}: expected {column.Kind.Expected}, found {type.Full}{ColumnKind.Refusal(type.Name)}");
            else if (!column.IsOptional)
                faults.Add($"{origin}, column {name}: expected {column.Kind.Expected}, found no such column");
        }

        if (faults.Count > 0)
            throw new BatchException($"The source does not have the schema it should have: {string.Join("; ", faults)}.");
        return new SourceExtract(sql, types, [.. found.Keys.Order(StringComparer.Ordinal).Select(name => $"{table}.{name}")]);
    }

    private static async Task<string> ReadAsync(string table, string file, CancellationToken cancellationToken)
    {
        try
        {
            return (await File.ReadAllTextAsync(file, cancellationToken)).TrimEnd().TrimEnd(';');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BatchException($"The extract of {table} cannot be read: {e.Message}", e);
        }
    }

    private static async Task<(Dictionary<string, FoundType> Found, IEnumerable<string> Repeated)> DescribeAsync(
        NpgsqlConnection source, string query, string origin, CancellationToken cancellationToken)
    {
        try
        {
            await using var command = new NpgsqlCommand($"select * from (\n{query}\n) as extracted", source);
            await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SchemaOnly, cancellationToken);
            var columns = Enumerable.Range(0, reader.FieldCount)
                .Select(index => (Name: reader.GetName(index), Type: new FoundType(reader.GetDataTypeName(index))))
                .ToLookup(column => column.Name, column => column.Type, StringComparer.Ordinal);
            return (columns.ToDictionary(column => column.Key, column => column.First(), StringComparer.Ordinal),
                [.. columns.Where(column => column.Count() > 1).Select(column => column.Key)]);
        }
        catch (PostgresException e) when (e.SqlState.StartsWith("42", StringComparison.Ordinal))    // Syntax, unknown names, missing rights.
        {
            throw new BatchException($"The source does not have the schema it should have: {origin}: {e.MessageText}.", e);
        }
    }
}
