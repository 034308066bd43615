using Npgsql;

namespace Fintech.Dashboard.Live.Warehouse;

/// <summary>Several queries in one round trip, each with what to do with a row of its answer.</summary>
internal sealed class QueryBatch(NpgsqlConnection connection)
{
    private readonly List<(NpgsqlBatchCommand Command, Action<NpgsqlDataReader> Row)> queries = [];

    public void Add(string sql, Action<NpgsqlDataReader> row, params ReadOnlySpan<object> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        queries.Add((command, row));
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var (command, _) in queries)
            batch.BatchCommands.Add(command);

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        foreach (var (_, row) in queries)
        {
            while (await reader.ReadAsync(cancellationToken))
                row(reader);
            await reader.NextResultAsync(cancellationToken);
        }
    }
}
