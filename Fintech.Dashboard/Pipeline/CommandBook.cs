using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Dashboard.Pipeline;

/// <summary>Asks the worker by rows of <c>etl.command</c>, the only thing of the pipeline that the dashboard writes, and reads what became of them.</summary>
internal sealed class CommandBook(NpgsqlDataSource warehouse)
{
    /// <summary>A rule set of a hundred rules has a quarter of it.</summary>
    public const int LongestArguments = 64 * 1024;

    /// <summary>What the worker knows and the page may ask for.</summary>
    public static readonly IReadOnlyList<string> Names =
        ["run", "audit", "rejected fix", "rejected replay", "rejected discard", "rules set", "rules backtest", "webhooks retry", "cancel"];

    /// <summary>Whose arguments hold contents of rows, which a viewer does not see.</summary>
    private const string WithContents = "rejected fix";

    /// <returns>Null where the key was used before by somebody else, or for another command.</returns>
    public async Task<AcceptedCommand?> AskAsync(AskedCommand asked, string requestedBy, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands =
            {
                new(WarehouseConnection.AllowWrites),
                new("""
                    insert into etl.command (name, arguments, requested_by, request_key) values ($1, $2, $3, $4)
                    on conflict (request_key) do nothing returning command_id
                    """)
                {
                    Parameters =
                    {
                        new() { Value = asked.Name },
                        new() { Value = asked.Arguments.GetRawText(), NpgsqlDbType = NpgsqlDbType.Jsonb },
                        new() { Value = requestedBy },
                        new() { Value = asked.Key },
                    },
                },
                // A statement of its own, so that it sees the row of another request that was faster by a moment.
                new("select command_id from etl.command where request_key = $1 and name = $2 and requested_by = $3")
                {
                    Parameters = { new() { Value = asked.Key }, new() { Value = asked.Name }, new() { Value = requestedBy } },
                },
            },
        };
        List<long> inserted, known;
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
        {
            inserted = await reader.RowsAsync(row => row.GetInt64(0), cancellationToken);
            known = await reader.RowsAsync(row => row.GetInt64(0), cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return known is [var id] ? new(id, inserted.Count > 0) : null;
    }

    public async Task<CommandPage> ListAsync(long? before, int limit, long? id, CancellationToken cancellationToken)
    {
        await using var command = warehouse.CreateCommand(Sql.Read("Pipeline/commands.sql"));
        command.Parameters.Add(Rows.Optional(before));
        command.Parameters.Add(new() { Value = (long)limit, NpgsqlDbType = NpgsqlDbType.Bigint });
        command.Parameters.Add(Rows.Optional(id));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var commands = await reader.RowsAsync(Command, cancellationToken);
        return new(commands, commands.Count == limit ? commands.Min(row => row.Id) : null);
    }

    /// <summary>As a viewer may see it.</summary>
    public static Command WithoutContents(Command command) => command.Name == WithContents ? command with { Arguments = null } : command;

    private static Command Command(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetString(1), PipelineReader.Json(row.GetString(2)), row.GetString(3), row.Time(4), row.TimeOrNull(5), row.TimeOrNull(6),
        row.Text(7) is { } progress ? ProgressOf(PipelineReader.Json(progress)) : null, row.Text(8), row.Text(9) is { } answer ? PipelineReader.Json(answer) : null);

    /// <summary><c>{"doing":"loading transactions","rows":12000,"of":100000}</c>, the numbers where there are any.</summary>
    private static Progress ProgressOf(JsonElement progress) => new(
        progress.TryGetProperty("doing", out var doing) ? doing.GetString() ?? "" : "",
        progress.TryGetProperty("rows", out var rows) ? rows.GetInt64() : 0,
        progress.TryGetProperty("of", out var of) ? of.GetInt64() : 0);
}
