using Fintech.Etl.Worker.Warehouse;
using Npgsql;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>
/// Asks again and again whether Redis keeps what it accepts, since it may have been replaced or reconfigured, and writes the answer down for
/// the page.
/// </summary>
internal sealed partial class RedisDurabilityService(
    WarehouseReady ready, RedisDurability durability, NpgsqlDataSource warehouse, TimeProvider clock, ILogger<RedisDurabilityService> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ready.WaitAsync(stoppingToken);
        while (true)
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(logger, e);
            }

            await Task.Delay(Interval, clock, stoppingToken);
        }
    }

    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        var appendOnly = await durability.EnsureAsync(cancellationToken);
        await using var note = warehouse.CreateCommand(
            """
            insert into etl.redis_durability (append_only) values ($1)
            on conflict (only_row) do update set append_only = excluded.append_only, checked_at = clock_timestamp()
            """);
        note.Parameters.Add(new() { Value = appendOnly });
        await note.ExecuteNonQueryAsync(cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "It cannot be asked, or written down, whether Redis keeps an append-only file; it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
