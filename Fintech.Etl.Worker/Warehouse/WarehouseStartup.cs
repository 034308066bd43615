using Npgsql;

namespace Fintech.Etl.Worker.Warehouse;

/// <summary>
/// Opens the warehouse when the service starts. A server that does not answer yet is asked again, with a growing delay; a migration
/// that fails or another PII key will not get better by waiting, and ends the service.
/// </summary>
internal sealed partial class WarehouseStartup(
    WarehouseOpening opening, WarehouseReady ready, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<WarehouseStartup> logger)
    : BackgroundService
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var delay = TimeSpan.FromSeconds(1); ; delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
        {
            try
            {
                await opening.OpenAsync(stoppingToken);
                ready.Set();
                return;
            }
            catch (NpgsqlException e) when (!stoppingToken.IsCancellationRequested)
            {
                LogNotYet(logger, e, delay);
                await Task.Delay(delay, time, stoppingToken);
            }
            catch (InvalidOperationException e)
            {
                LogNever(logger, e.Message);
                Environment.ExitCode = 1;   // The host would stop with 0.
                lifetime.StopApplication();
                return;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The warehouse cannot be opened yet; trying again in {Delay}")]
    private static partial void LogNotYet(ILogger logger, Exception exception, TimeSpan delay);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The warehouse cannot be opened. {Reason}")]
    private static partial void LogNever(ILogger logger, string reason);
}
