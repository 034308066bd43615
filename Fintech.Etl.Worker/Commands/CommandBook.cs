using System.Text.Json;
using System.Text.Json.Nodes;
using Fintech.Etl.Worker.Privacy;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Commands;

/// <param name="Arguments">JSON, as somebody wrote it.</param>
internal sealed record RequestedCommand(long Id, string Name, string Arguments, string RequestedBy)
{
    /// <summary>In <c>etl.audit</c>: nobody becomes the schedule, or a command of the system's user, by calling themselves so.</summary>
    public string Actor => $"dashboard: {RequestedBy}";
}

/// <param name="Succeeded">Or it changed nothing, and the message says why.</param>
internal sealed record CommandAnswer(bool Succeeded, JsonObject Content)
{
    public static CommandAnswer Done(string message, JsonObject? numbers = null) => new(true, With(message, numbers));

    public static CommandAnswer Failed(string message, JsonObject? numbers = null) => new(false, With(message, numbers));

    private static JsonObject With(string message, JsonObject? numbers)
    {
        var content = numbers ?? [];
        content["message"] = message;
        return content;
    }
}

/// <summary>The rows of <c>etl.command</c>. Only the holder of the lock takes, so what is open and begun before belongs to a worker that is gone.</summary>
internal sealed class CommandBook(NpgsqlDataSource warehouse, PiiKeyRing keys)
{
    /// <summary>Any constant of our own: "command" on a telephone keypad.</summary>
    private const long LockKey = 2_666_263;

    public async Task<bool> AnyAsync(CancellationToken cancellationToken)
    {
        await using var any = warehouse.CreateCommand("select exists (select from etl.command where finished_at is null)");
        return await any.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <returns>False where another worker executes.</returns>
    public static async Task<bool> TryLockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var claim = new NpgsqlCommand("select pg_try_advisory_lock($1)", connection) { Parameters = { new() { Value = LockKey } } };
        return await claim.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>The pool resets a connection only when it is used again: until then the lock would stay.</summary>
    public static async Task UnlockAsync(NpgsqlConnection connection)
    {
        if (connection.State != System.Data.ConnectionState.Open)
            return;     // The lock went with its session.
        await using var release = new NpgsqlCommand("select pg_advisory_unlock($1)", connection) { Parameters = { new() { Value = LockKey } } };
        await release.ExecuteNonQueryAsync(CancellationToken.None);
    }

    public async Task<List<RequestedCommand>> AbandonedAsync(CancellationToken cancellationToken)
    {
        await using var find = warehouse.CreateCommand("""
            select command_id, name, arguments::text, requested_by from etl.command where finished_at is null and started_at is not null
            order by command_id
            """);
        return await ReadAsync(find, cancellationToken);
    }

    /// <summary>Takes back what nobody has begun; only who executes may, and who executes begins nothing meanwhile.</summary>
    /// <returns>False where it began before, or does not exist.</returns>
    public async Task<bool> CancelAsync(long id, string requestedBy, CancellationToken cancellationToken)
    {
        await using var cancel = warehouse.CreateCommand("""
            update etl.command set finished_at = clock_timestamp(), outcome = 'cancelled', answer = $2
            where command_id = $1 and started_at is null and finished_at is null and name <> 'cancel'
            """);
        cancel.Parameters.Add(new() { Value = id });
        cancel.Parameters.Add(Json(new JsonObject { ["message"] = $"Taken back by {requestedBy} before it began." }));
        return await cancel.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    /// <summary>Whoever asks knows nothing of who was erased: an id of theirs in the arguments gives way to the number that stands for it, for good.</summary>
    /// <returns>The oldest that nobody has begun, now begun; null where there is none. To take something back comes before all else.</returns>
    public async Task<RequestedCommand?> TakeAsync(CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var erased = await ErasedSubjects.HoldAsync(connection, keys.Current, cancellationToken);
        await using var take = new NpgsqlCommand("""
            update etl.command set started_at = clock_timestamp()
            where command_id = (
                select command_id from etl.command where finished_at is null and started_at is null order by name <> 'cancel', command_id limit 1)
            returning command_id, name, arguments::text, requested_by
            """, connection);
        var command = (await ReadAsync(take, cancellationToken)).SingleOrDefault();
        if (command is not null && WithoutErased(command.Arguments, erased) is { } arguments)
        {
            command = command with { Arguments = arguments };
            await using var replace = new NpgsqlCommand("update etl.command set arguments = $2::jsonb where command_id = $1", connection)
            {
                Parameters = { new() { Value = command.Id }, new() { Value = command.Arguments } },
            };
            await replace.ExecuteNonQueryAsync(cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return command;
    }

    /// <returns>Null where nobody erased is in there.</returns>
    private static string? WithoutErased(string arguments, ErasedSubjects erased)
    {
        if (erased == ErasedSubjects.None)
            return null;
        try
        {
            var document = JsonNode.Parse(arguments);
            return PersonalJson.Replace(document, erased.AliasOf) ? document!.ToJsonString() : null;
        }
        catch (JsonException)
        {
            return null;    // Nested too deep for anybody to understand, which is what it will be answered.
        }
    }

    public async Task ProgressAsync(long id, JsonObject progress, CancellationToken cancellationToken)
    {
        await using var tell = warehouse.CreateCommand("update etl.command set progress = $2 where command_id = $1 and finished_at is null");
        tell.Parameters.Add(new() { Value = id });
        tell.Parameters.Add(Json(progress));
        await tell.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Answer and audit in one transaction.</summary>
    /// <returns>False where it was answered already, by a worker that took this one for gone.</returns>
    public async Task<bool> FinishAsync(RequestedCommand command, CommandAnswer answer, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var outcome = answer.Succeeded ? "succeeded" : "failed";
        await using (var finish = new NpgsqlCommand("""
            update etl.command set finished_at = clock_timestamp(), outcome = $2, answer = $3, progress = null
            where command_id = $1 and finished_at is null
            """, connection)
        {
            Parameters = { new() { Value = command.Id }, new() { Value = outcome }, Json(answer.Content) },
        })
        {
            if (await finish.ExecuteNonQueryAsync(cancellationToken) == 0)
                return false;
        }

        await AuditTrail.RecordAsync(
            connection, command.Actor, command.Name, $"command {command.Id}",
            new JsonObject { ["outcome"] = outcome, ["message"] = answer.Content["message"]?.DeepClone() }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private static async Task<List<RequestedCommand>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var read = new List<RequestedCommand>();
        while (await reader.ReadAsync(cancellationToken))
            read.Add(new(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetString(3)));
        return read;
    }

    private static NpgsqlParameter Json(JsonObject content) => new() { Value = content.ToJsonString(), NpgsqlDbType = NpgsqlDbType.Jsonb };
}
