using Npgsql;

namespace Fintech.Etl.Worker.Warehouse;

/// <summary>What every writing connection to the warehouse has in common.</summary>
internal static class WarehouseConnection
{
    /// <summary>
    /// Takes the owner's role, and makes sure that a half-open connection cannot hold a row for hours. As start-up options,
    /// not by SET: the pool's reset between two uses (DISCARD ALL) returns to them, where it would undo a SET ROLE.
    /// </summary>
    public static void ConfigureWriter(NpgsqlDataSourceBuilder builder)
    {
        var settings = builder.ConnectionStringBuilder;
        settings.Options = string.Join(' ',
            "-c role=fintech_etl",
            "-c search_path=dw,public",
            "-c timezone=UTC",
            "-c lock_timeout=30s",
            "-c idle_in_transaction_session_timeout=60s",
            "-c client_connection_check_interval=5s",
            "-c tcp_user_timeout=10s",
            "-c tcp_keepalives_idle=5",
            "-c tcp_keepalives_interval=2",
            "-c tcp_keepalives_count=3");
        // The server takes it for talk: a pass that waits for its source, however long, is not idle, and a client that is gone is.
        settings.KeepAlive = 15;
        settings.IncludeErrorDetail = false;    // The detail of a constraint violation quotes the row.
    }
}
