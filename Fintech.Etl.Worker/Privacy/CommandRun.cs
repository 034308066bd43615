using System.Text.Json.Nodes;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Privacy;

/// <summary>The books of a command that writes the warehouse and is no pass: its row in <c>etl.run</c>, and what it did in <c>etl.audit</c>.</summary>
internal static class CommandRun
{
    /// <summary>Who acts, as <c>etl.audit.actor</c> has it.</summary>
    public static string Actor => $"command: {Environment.UserName}";

    /// <summary>Only one at a time runs of a command: what is still marked running of it belongs to a process that is gone.</summary>
    public static async Task<long> OpenAsync(NpgsqlConnection connection, string command, string sourceSystem, CancellationToken cancellationToken)
    {
        await using var open = new NpgsqlCommand("""
            update etl.run set status = 'failed', finished_at = clock_timestamp(), error = 'The process ended before its run did.'
            where kind = 'command' and status = 'running' and trigger = @trigger;
            insert into etl.run (kind, trigger, host, source_system, backend) values ('command', @trigger, @host, @source_system, pg_backend_pid())
            returning run_id
            """, connection)
        {
            Parameters =
            {
                new("trigger", command),
                new("host", $"{Environment.MachineName}, process {Environment.ProcessId}"),
                new("source_system", sourceSystem),
            },
        };
        return (long)(await open.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <param name="rows">Rows the command changed.</param>
    /// <param name="error">Why it failed; null where it did not.</param>
    public static async Task CloseAsync(NpgsqlConnection connection, long runId, long rows, string? error, CancellationToken cancellationToken)
    {
        await using var close = new NpgsqlCommand("""
            update etl.run
            set status = case when @error is null then 'succeeded' else 'failed' end, finished_at = clock_timestamp(), error = @error, rows_read = @rows
            where run_id = @run_id and status = 'running'
            """, connection)
        {
            Parameters =
            {
                new("error", NpgsqlDbType.Text) { Value = (object?)error ?? DBNull.Value },
                new("rows", rows),
                new("run_id", runId),
            },
        };
        await close.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <returns>The number of the entry.</returns>
    public static async Task<long> AuditAsync(
        NpgsqlConnection connection, string actor, string action, string subject, JsonObject detail, CancellationToken cancellationToken)
    {
        await using var audit = new NpgsqlCommand(
            "insert into etl.audit (actor, action, subject, detail) values ($1, $2, $3, $4) returning audit_id", connection)
        {
            Parameters =
            {
                new() { Value = actor },
                new() { Value = action },
                new() { Value = subject },
                new() { Value = detail.ToJsonString(), NpgsqlDbType = NpgsqlDbType.Jsonb },
            },
        };
        return (long)(await audit.ExecuteScalarAsync(cancellationToken))!;
    }
}
