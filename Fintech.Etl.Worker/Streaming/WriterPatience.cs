using Npgsql;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>
/// How long the server waits for a connection of ours that has fallen silent, before it ends it and what it holds is free. Keep-alives
/// do not tell where something in between (a proxy, a firewall) goes on answering them. Shorter than the client's own keep-alive of
/// 15 s, which the server would take for talk. For as long as the connection is out of
/// its pool, which forgets settings when it is given back.
/// </summary>
internal static class WriterPatience
{
    /// <summary>The owner of partitions says something every second: its locks are not held for one that is gone.</summary>
    public static Task OfOwnerAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        SetAsync(connection, "idle_session_timeout = '10s'", cancellationToken);

    /// <summary>
    /// The statements of a batch follow one another within milliseconds: its checkpoint's row is not held either. A COPY that waits for
    /// its data is not idle for the server, hence the second limit.
    /// </summary>
    public static Task OfBatchesAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        SetAsync(connection, "idle_in_transaction_session_timeout = '10s'; set transaction_timeout = '20s'", cancellationToken);

    /// <summary>For what else writes to the row of a checkpoint, and may be large: a snapshot of all customers, a loss.</summary>
    public static Task OfBooksAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        SetAsync(connection, "idle_in_transaction_session_timeout = '10s'", cancellationToken);

    private static async Task SetAsync(NpgsqlConnection connection, string setting, CancellationToken cancellationToken)
    {
        await using var set = new NpgsqlCommand($"set {setting}", connection);
        await set.ExecuteNonQueryAsync(cancellationToken);
    }
}
