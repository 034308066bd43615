using System.Globalization;
using System.Text.Json.Nodes;
using Fintech.Etl.Worker.Warehouse;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Privacy;

/// <summary>
/// Replaces a customer's id in all JSON of the warehouse, however deep it is in there: quarantined rows, corrections in the audit, arguments of
/// commands. Columns are looked up, not listed, so that one that is added later is not forgotten.
/// </summary>
internal static class PersonalJson
{
    private const string Field = "customer_id";

    /// <returns>Documents that changed.</returns>
    public static async Task<long> ReplaceAsync(NpgsqlConnection connection, long customerId, long alias, CancellationToken cancellationToken)
    {
        var changed = 0L;
        foreach (var (table, column) in await ColumnsAsync(connection, cancellationToken))
        {
            foreach (var (row, json) in await FindAsync(connection, table, column, customerId, cancellationToken))
            {
                var document = JsonNode.Parse(json);
                Replace(document, customerId, alias);
                await using var update = new NpgsqlCommand($"update {table} set {column} = $2 where ctid = $1::tid", connection);
                update.Parameters.Add(new() { Value = row });
                update.Parameters.Add(new() { Value = document!.ToJsonString(), NpgsqlDbType = NpgsqlDbType.Jsonb });
                changed += await update.ExecuteNonQueryAsync(cancellationToken);
            }
        }

        return changed;
    }

    private static async Task<List<(string Table, string Column)>> ColumnsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Sql.Read("Privacy/Sql/json_columns.sql"), connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var columns = new List<(string, string)>();
        while (await reader.ReadAsync(cancellationToken))
            columns.Add((reader.GetString(0), reader.GetString(1)));
        return columns;
    }

    private static async Task<List<(string Row, string Json)>> FindAsync(
        NpgsqlConnection connection, string table, string column, long customerId, CancellationToken cancellationToken)
    {
        await using var find = new NpgsqlCommand($"""
            select ctid::text, {column}::text from {table}
            where jsonb_path_exists({column}, '$.**.{Field}.** ? (@ == $number || @ == $text)', jsonb_build_object('number', $1, 'text', $1::text))
            for update
            """, connection)
        {
            CommandTimeout = Batch.BatchSql.TimeoutSeconds,
        };
        find.Parameters.Add(new() { Value = customerId });
        await using var reader = await find.ExecuteReaderAsync(cancellationToken);
        var rows = new List<(string, string)>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add((reader.GetString(0), reader.GetString(1)));
        return rows;
    }

    private static void Replace(JsonNode? node, long customerId, long alias)
    {
        if (node is JsonArray array)
        {
            foreach (var item in array)
                Replace(item, customerId, alias);
        }
        else if (node is JsonObject fields)
        {
            ReplaceField(fields, Field, customerId, alias);
            // {"customer_id": {"old": 7, "new": 8}}, as the audit tells of a correction.
            if (fields[Field] is JsonObject change)
            {
                foreach (var name in change.Select(part => part.Key).ToList())
                    ReplaceField(change, name, customerId, alias);
            }

            foreach (var (_, child) in fields.ToList())
                Replace(child, customerId, alias);
        }
    }

    private static void ReplaceField(JsonObject fields, string name, long customerId, long alias)
    {
        if (fields[name] is JsonValue value && value.ToString() == customerId.ToString(CultureInfo.InvariantCulture))
            fields[name] = alias;
    }
}
