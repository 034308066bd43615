using System.Text.Json.Nodes;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Dashboard.Alerts;

/// <summary>Rules that keep quiet of a customer: read here, written by the worker, which is asked by a row of <c>etl.command</c>.</summary>
internal sealed class Snoozes(NpgsqlDataSource warehouse)
{
    public const int LongestReason = 500;

    /// <param name="customer">Null: of everybody.</param>
    public async Task<IReadOnlyList<SnoozeState>> ListAsync(long? customer, CancellationToken cancellationToken)
    {
        await using var command = warehouse.CreateCommand(Sql.Read("Alerts/snoozes.sql"));
        command.Parameters.Add(new() { Value = (object?)customer ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var snoozes = new List<SnoozeState>();
        while (await reader.ReadAsync(cancellationToken))
            snoozes.Add(Read(reader));
        return snoozes;
    }

    public static SnoozeState Read(NpgsqlDataReader reader) => new(
        reader.GetInt64(0), reader.GetInt64(1), AlertReader.Text(reader, 2), AlertReader.Time(reader, 3), reader.GetString(4), AlertReader.Time(reader, 5), reader.GetString(6));

    /// <summary>What is wrong at first sight; the worker looks closer.</summary>
    public static string? Fault(SnoozeRequest request) =>
        string.IsNullOrWhiteSpace(request.Reason) || request.Reason.Length > LongestReason ? $"A reason is needed, of at most {LongestReason} characters." : null;

    /// <param name="request">Without an end it ends the snooze.</param>
    /// <returns>By which its progress is asked for.</returns>
    public async Task<long> AskAsync(SnoozeRequest request, string actor, CancellationToken cancellationToken)
    {
        var arguments = new JsonObject { ["customer_id"] = request.CustomerId, ["rule"] = request.Rule, ["reason"] = request.Reason.Trim() };
        if (request.Until is { } until)
            arguments["until"] = until.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture);

        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginWriteAsync(cancellationToken);
        await using var insert = new NpgsqlCommand("insert into etl.command (name, arguments, requested_by) values ($1, $2, $3) returning command_id", connection, transaction)
        {
            Parameters =
            {
                new() { Value = request.Until is null ? "snooze end" : "snooze" },
                new() { Value = arguments.ToJsonString(), NpgsqlDbType = NpgsqlDbType.Jsonb },
                new() { Value = actor },
            },
        };
        var id = (long)(await insert.ExecuteScalarAsync(cancellationToken))!;
        await transaction.CommitAsync(cancellationToken);
        return id;
    }

    /// <returns>Null where that is no command of ours.</returns>
    public async Task<SnoozeProgress?> ProgressAsync(long id, CancellationToken cancellationToken)
    {
        await using var command = warehouse.CreateCommand(
            "select command_id, requested_at, started_at, outcome, answer ->> 'message' from etl.command where command_id = $1 and name in ('snooze', 'snooze end')");
        command.Parameters.Add(new() { Value = id });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new SnoozeProgress(
                reader.GetInt64(0), AlertReader.Time(reader, 1), reader.IsDBNull(2) ? null : AlertReader.Time(reader, 2), AlertReader.Text(reader, 3), AlertReader.Text(reader, 4))
            : null;
    }
}
