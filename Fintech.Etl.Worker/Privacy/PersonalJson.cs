using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fintech.Etl.Worker.Warehouse;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Privacy;

/// <summary>
/// Replaces ids of customers in JSON, however deep they are in there: quarantined rows, corrections in the audit, arguments of
/// commands. Columns are looked up, not listed, so that one that is added later is not forgotten.
/// </summary>
internal static class PersonalJson
{
    private const string Field = "customer_id";

    /// <summary>In all JSON of the warehouse.</summary>
    /// <returns>Documents that changed.</returns>
    public static async Task<long> ReplaceAsync(NpgsqlConnection connection, long customerId, long alias, CancellationToken cancellationToken)
    {
        var changed = 0L;
        foreach (var (table, column) in await ColumnsAsync(connection, cancellationToken))
        {
            foreach (var (row, json) in await FindAsync(connection, table, column, customerId, cancellationToken))
            {
                var document = JsonNode.Parse(json);
                Replace(document, id => id == customerId ? alias : id);
                await using var update = new NpgsqlCommand($"update {table} set {column} = $2 where ctid = $1::tid", connection);
                update.Parameters.Add(new() { Value = row });
                update.Parameters.Add(new() { Value = document!.ToJsonString(), NpgsqlDbType = NpgsqlDbType.Jsonb });
                changed += await update.ExecuteNonQueryAsync(cancellationToken);
            }
        }

        return changed;
    }

    /// <param name="aliasOf">Yields an id itself where it stays.</param>
    /// <returns>Whether anything changed.</returns>
    public static bool Replace(JsonNode? node, Func<long, long> aliasOf) => Replace(node, aliasOf, isOfCustomer: false);

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

    /// <param name="isOfCustomer">
    /// Within a field customer_id: <c>{"customer_id": {"old": 7, "new": 8}}</c>, as the audit tells of a correction.
    /// </param>
    private static bool Replace(JsonNode? node, Func<long, long> aliasOf, bool isOfCustomer)
    {
        var changed = false;
        if (node is JsonArray array)
        {
            for (var i = 0; i < array.Count; i++)
            {
                if (isOfCustomer && Alias(array[i], aliasOf) is { } alias)
                    (array[i], changed) = (alias, true);
                else
                    changed |= Replace(array[i], aliasOf, isOfCustomer);
            }
        }
        else if (node is JsonObject fields)
        {
            foreach (var (name, child) in fields.ToList())
            {
                var isTheirs = isOfCustomer || name == Field;
                if (isTheirs && Alias(child, aliasOf) is { } alias)
                    (fields[name], changed) = (alias, true);
                else
                    changed |= Replace(child, aliasOf, isTheirs);
            }
        }

        return changed;
    }

    /// <summary>A number for a number, text for text: whoever reads the document later expects the kind that was there.</summary>
    /// <returns>Null where the value stays.</returns>
    private static JsonValue? Alias(JsonNode? node, Func<long, long> aliasOf)
    {
        if (node is not JsonValue value || !long.TryParse(value.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id))
            return null;
        var alias = aliasOf(id);
        return alias == id ? null
            : value.GetValueKind() == JsonValueKind.String ? JsonValue.Create(alias.ToString(CultureInfo.InvariantCulture))
            : JsonValue.Create(alias);
    }
}
