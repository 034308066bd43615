using Npgsql;

namespace Fintech.Etl.Worker.Warehouse;

/// <summary>
/// How long the server waits for a connection of ours that has fallen silent, before it ends it and what it holds is free. Keep-alives
/// do not tell where something in between (a proxy, a firewall) goes on answering them. Shorter than the client's own keep-alive of
/// 15 s, which the server would take for talk. For as long as the connection is out of
/// its pool, which forgets settings when it is given back.
/// </summary>
internal static class WriterPatience
{
    /// <summary>
    /// The client's own as well, for what takes milliseconds and cannot be cancelled on a connection that has fallen silent: the end of a COPY, and
    /// whatever comes first on a connection of the pool or in a transaction, since the reset of the one and the BEGIN of the other go with it
    /// and Npgsql sends no cancellation before these are answered.
    /// </summary>
    public const int Seconds = 10;

    /// <summary>The owner of partitions says something every second: its locks are not held for one that is gone.</summary>
    public static Task OfOwnerAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        SetAsync(connection, "idle_session_timeout", cancellationToken);

    /// <summary>
    /// The statements of a batch, and of what else writes to the row of a checkpoint, follow one another within milliseconds: the row is not
    /// held either. Only in the midst of a COPY is the server not idle but at work, whatever it waits for; no time-out of its ends that, so the
    /// next owner does (<c>Predecessor</c>).
    /// </summary>
    public static Task OfBatchesAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        SetAsync(connection, "idle_in_transaction_session_timeout", cancellationToken);

    private static async Task SetAsync(NpgsqlConnection connection, string setting, CancellationToken cancellationToken)
    {
        await using var set = new NpgsqlCommand($"set {setting} = '{Seconds}s'", connection) { CommandTimeout = Seconds };
        await set.ExecuteNonQueryAsync(cancellationToken);
    }
}
