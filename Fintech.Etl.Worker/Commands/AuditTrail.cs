using System.Text.Json.Nodes;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Commands;

/// <summary>Who did what to what, in <c>etl.audit</c>: never personal data.</summary>
internal static class AuditTrail
{
    /// <summary>Who typed a command, as the system knows them.</summary>
    public static string CommandActor => $"command: {Environment.UserName}";

    /// <summary>In the transaction that the connection is in: the action and its record happen together.</summary>
    public static async Task RecordAsync(
        NpgsqlConnection connection, string actor, string action, string subject, JsonObject detail, CancellationToken cancellationToken)
    {
        await using var insert = new NpgsqlCommand("insert into etl.audit (actor, action, subject, detail) values ($1, $2, $3, $4)", connection)
        {
            Parameters =
            {
                new() { Value = actor },
                new() { Value = action },
                new() { Value = subject },
                new() { Value = detail.ToJsonString(), NpgsqlDbType = NpgsqlDbType.Jsonb },
            },
        };
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }
}
