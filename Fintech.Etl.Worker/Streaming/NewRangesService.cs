using Fintech.Etl.Worker.Warehouse;
using Npgsql;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>Keeps the time indexes of the facts close behind the stream, so that who asks for the last minutes reads no more than those.</summary>
internal sealed partial class NewRangesService(
    WarehouseReady ready, NpgsqlDataSource warehouse, TimeProvider clock, ILogger<NewRangesService> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ready.WaitAsync(stoppingToken);
        while (true)
        {
            await Task.Delay(Interval, clock, stoppingToken);
            try
            {
                await using var summarize = warehouse.CreateCommand("select dw.summarize_new_ranges()");
                await summarize.ExecuteNonQueryAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Nothing is wrong meanwhile, only slower, and autovacuum catches up in the end.
                LogFailed(logger, e);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The time indexes of the facts could not be brought up to date; it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
