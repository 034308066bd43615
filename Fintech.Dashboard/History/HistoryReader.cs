using Npgsql;
using NpgsqlTypes;

namespace Fintech.Dashboard.History;

/// <summary>Asks the warehouse: the statements of this folder over the views of schema analysis, which the document and the notebook read, too.</summary>
internal sealed class HistoryReader(NpgsqlDataSource warehouse)
{
    /// <summary>A period of which nothing is rolled up yet, in a large warehouse.</summary>
    private const int TimeoutSeconds = 60;

    /// <summary>What the answers to a query depend on: the same text, the same answers.</summary>
    public async Task<string> StateAsync(HistoryQuery query, CancellationToken cancellationToken) =>
        (await ReadAsync("state", [.. query.Parameters.Take(2)], row => row.GetString(0), cancellationToken))[0];

    /// <param name="name">A file of <c>History/Sql</c>; where it reads hours, those of a merchant are read from the facts.</param>
    public Task<List<T>> ReadAsync<T>(string name, HistoryQuery query, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) =>
        ReadAsync(name, query.Parameters, read, cancellationToken, query.Merchant is null ? "analysis.hourly($1, $2)" : "analysis.merchant_hourly($1, $2, $5)");

    /// <param name="last">The last parameter, $8: how many rows at most.</param>
    public Task<List<T>> ReadAsync<T>(string name, HistoryQuery query, int last, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) =>
        ReadAsync(name, [.. query.Parameters, Whole(last)], read, cancellationToken);

    public static NpgsqlParameter Whole(int value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Integer };

    public async Task<List<T>> ReadAsync<T>(
        string name, IReadOnlyList<NpgsqlParameter> parameters, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, string hourly = "")
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // More than what the live page may take; and a plan for these very values: the one for any period would not know which lies how.
        await using (var settings = new NpgsqlCommand($"set local statement_timeout = '{TimeoutSeconds}s'; set local work_mem = '64MB'; set local plan_cache_mode = force_custom_plan", connection))
            await settings.ExecuteNonQueryAsync(cancellationToken);
        await using var command = new NpgsqlCommand(Sql.Read($"History/Sql/{name}.sql").Replace("/*hourly*/", hourly, StringComparison.Ordinal), connection) { CommandTimeout = TimeoutSeconds };
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(read(reader));
        return rows;
    }
}
