using Npgsql;
using NpgsqlTypes;

namespace Fintech.Dashboard.History;

/// <summary>Asks the warehouse: the statements of this folder over the views of schema analysis, which the document and the notebook read, too.</summary>
internal sealed class HistoryReader(NpgsqlDataSource warehouse) : IDisposable
{
    /// <summary>A period of which nothing is rolled up yet, in a large warehouse.</summary>
    private const int TimeoutSeconds = 60;

    /// <summary>
    /// At a time, for everybody: a page asks for eight charts at once, and what the live page needs every second must neither wait for a connection of
    /// the pool behind them nor open dozens on a server that is busy.
    /// </summary>
    private const int MostAtOnce = 6;

    private readonly SemaphoreSlim room = new(MostAtOnce);

    private const string Part =
        "($6::integer is null or extract(isodow from n.hour at time zone 'UTC') = $6) and ($7::integer is null or extract(hour from n.hour at time zone 'UTC') = $7)";

    private const string PartOfCategory = " and n.merchant_key in (select m.merchant_key from dw.dim_merchant m where m.category = $4)";

    /// <summary>What the answers to a query depend on: the same text, the same answers.</summary>
    public async Task<string> StateAsync(HistoryQuery query, CancellationToken cancellationToken) =>
        (await ReadAsync(Text("state"), [.. query.Parameters.Take(2)], row => row.GetString(0), cancellationToken))[0];

    /// <param name="name">A file of <c>History/Sql</c>.</param>
    public Task<List<T>> ReadAsync<T>(string name, HistoryQuery query, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) =>
        ReadAsync(TextOf(name, query), query.Parameters, read, cancellationToken);

    /// <param name="last">The last parameter, $8: how many rows at most.</param>
    public Task<List<T>> ReadAsync<T>(string name, HistoryQuery query, int last, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) =>
        ReadAsync(TextOf(name, query), [.. query.Parameters, Whole(last)], read, cancellationToken);

    public static NpgsqlParameter Whole(int value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Integer };

    public static string Text(string name) => Sql.Read($"History/Sql/{name}.sql");

    /// <summary>With the roll-up in place that has least to read. What it does not tell apart is left to a condition.</summary>
    public static string TextOf(string name, HistoryQuery query) => Text(name)
        .Replace("/*hourly*/", query.Merchant is null ? "analysis.hourly($1, $2)" : "analysis.merchant_hourly($1, $2, $5)", StringComparison.Ordinal)
        .Replace("/*narrowed*/", query.Merchant is not null || !query.IsOfCell ? "analysis.narrowed_to_merchants($1, $2, $5, $4)" : "analysis.narrowed_to_hours($1, $2, $6, $7)", StringComparison.Ordinal)
        .Replace("/*part*/", Part + (query is { IsOfCell: true, Merchant: null, Category: not null } ? PartOfCategory : ""), StringComparison.Ordinal);

    /// <param name="text">A statement.</param>
    public async Task<List<T>> ReadAsync<T>(string text, IReadOnlyList<NpgsqlParameter> parameters, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await room.WaitAsync(cancellationToken);
        try
        {
            return await ReadAtOnceAsync(text, parameters, read, cancellationToken);
        }
        finally
        {
            room.Release();
        }
    }

    private async Task<List<T>> ReadAtOnceAsync<T>(string text, IReadOnlyList<NpgsqlParameter> parameters, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // More than what the live page may take; and a plan for these very values: the one for any period would not know which lies how. Compiling it
        // would take longer than it runs.
        await using (var settings = new NpgsqlCommand($"set local statement_timeout = '{TimeoutSeconds}s'; set local work_mem = '64MB'; set local jit = off; set local plan_cache_mode = force_custom_plan", connection))
            await settings.ExecuteNonQueryAsync(cancellationToken);
        await using var command = new NpgsqlCommand(text, connection) { CommandTimeout = TimeoutSeconds };
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(read(reader));
        return rows;
    }

    public void Dispose() => room.Dispose();
}
