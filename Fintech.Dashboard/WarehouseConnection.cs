using Aspire.Npgsql;
using Npgsql;

namespace Fintech.Dashboard;

/// <summary>What every connection of the dashboard to the warehouse has in common.</summary>
internal static class WarehouseConnection
{
    /// <summary>No spans: several readings a second, each like the other, would bury all else. The metrics tell how long they take.</summary>
    public static void ConfigureClient(NpgsqlSettings settings) => settings.DisableTracing = true;

    /// <summary>First in a transaction that writes: everything else the dashboard does only reads, so that is what its connections are set to.</summary>
    public const string AllowWrites = "set transaction read write";

    /// <summary>Begins a transaction that may write what the reader's role was granted.</summary>
    public static async Task<NpgsqlTransaction> BeginWriteAsync(this NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var allow = new NpgsqlCommand(AllowWrites, connection, transaction);
        await allow.ExecuteNonQueryAsync(cancellationToken);
        return transaction;
    }

    /// <summary>
    /// Takes the reader's role. As start-up options, not by SET: the pool's reset between two uses (DISCARD ALL) returns to
    /// them, where it would undo a SET ROLE and leave the rights of the login.
    /// </summary>
    public static void ConfigureReader(NpgsqlDataSourceBuilder builder)
    {
        var settings = builder.ConnectionStringBuilder;
        settings.Options = string.Join(' ',
            "-c role=fintech_dashboard",
            "-c default_transaction_read_only=on",
            "-c search_path=dw,public",
            "-c timezone=UTC",
            "-c statement_timeout=15s",
            "-c idle_in_transaction_session_timeout=60s",
            "-c jit=off",    // The same short statements, several times a second: compiling them costs more than running them.
            "-c tcp_user_timeout=10s");
        settings.Timeout = 3;
        settings.CommandTimeout = 20;
        settings.KeepAlive = 15;
        settings.MaxAutoPrepare = 40;
        settings.AutoPrepareMinUsages = 2;
        settings.MaxPoolSize = Math.Min(settings.MaxPoolSize, 20);
        settings.IncludeErrorDetail = false;    // The detail of an error may quote a row.
    }
}
