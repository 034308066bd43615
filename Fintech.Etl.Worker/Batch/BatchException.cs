using System.Net.Sockets;
using MongoDB.Driver;
using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// Why a pass did not happen, in one sentence that is fit for a log, a page or a terminal: it never quotes a row.
/// </summary>
internal class BatchException(string sentence, Exception? cause = null) : Exception(sentence, cause)
{
    /// <summary>What is known to be harmless of <paramref name="cause"/>; of anything else only its type.</summary>
    public static BatchException While(string doing, Exception cause) => cause is BatchException said
        ? said
        : new BatchException($"While {doing}: {Harmless(cause)}", cause);

    public static string Harmless(Exception exception) => exception switch
    {
        // Classes 22 (data exception) and 23 (integrity) quote the offending value in their message.
        PostgresException { SqlState: ['2', '2' or '3', ..] } data =>
            $"PostgreSQL refused the data with SQLSTATE {data.SqlState}{Named(" in table ", data.TableName)}{Named(", constraint ", data.ConstraintName)}.",
        PostgresException server when IsOfTheServer(server.SqlState) => $"{server.MessageText} (SQLSTATE {server.SqlState}).",
        PostgresException other => $"PostgreSQL answered with SQLSTATE {other.SqlState}; what it said may quote a row and is not repeated.",
        NpgsqlException { InnerException: SocketException socket } connect => $"{connect.Message} ({socket.Message}).",
        NpgsqlException { InnerException: TimeoutException } => "PostgreSQL did not answer in time.",
        NpgsqlException { InnerException: IOException } => "The connection to PostgreSQL broke.",
        NpgsqlException => "The connection to PostgreSQL failed.",
        MongoAuthenticationException => "MongoDB refused the user name or password.",
        // The driver's own message lists the state of every server over several lines.
        TimeoutException => "No server answered in time.",
        MongoConnectionException => "The connection to MongoDB broke.",
        MongoCommandException command => $"MongoDB answered {command.CodeName} ({command.Code}).",
        OperationCanceledException => "The pass was cancelled.",
        InvalidOperationException { InnerException: PostgresException or NpgsqlException } wrapped => Harmless(wrapped.InnerException!),
        _ => $"An unexpected {exception.GetType().Name} occurred.",
    };

    /// <summary>
    /// Messages about connections, sign-in, transactions, names and rights, resources, locks, shutdowns and files: PostgreSQL's own, and about nothing
    /// that is in a row. All else, what somebody's function in a view of theirs raises (P0001) before all, may say anything.
    /// </summary>
    private static bool IsOfTheServer(string sqlState) =>
        sqlState[..2] is "08" or "0A" or "25" or "26" or "28" or "34" or "3D" or "3F" or "40" or "42" or "53" or "54" or "55" or "57" or "58";

    private static string Named(string before, string? name) => string.IsNullOrEmpty(name) ? "" : before + name;
}

/// <summary>Another pass holds the warehouse.</summary>
internal sealed class BatchBusyException(string sentence) : BatchException(sentence);
