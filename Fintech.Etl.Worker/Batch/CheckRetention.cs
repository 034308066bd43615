using Fintech.Etl.Worker.Warehouse;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// Removes the results of checks that are older than <c>Etl:CheckRetention</c>, once a day: a pass a minute adds some twenty thousand rows a
/// day. Runs themselves are kept, facts name them.
/// </summary>
internal sealed partial class CheckRetention(
    NpgsqlDataSource warehouse, WarehouseReady ready, IOptions<BatchOptions> options, TimeProvider time, ILogger<CheckRetention> logger) : BackgroundService
{
    private static readonly TimeSpan Daily = TimeSpan.FromDays(1);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(5);

    /// <summary>So many at a time, that no pass waits for the removal of a year.</summary>
    private const int Runs = 1_000;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ready.WaitAsync(stoppingToken);
        while (true)
            await Task.Delay(await TryAsync(stoppingToken) ? Daily : AfterFailure, time, stoppingToken);
    }

    private async Task<bool> TryAsync(CancellationToken stoppingToken)
    {
        try
        {
            if (await RemoveAsync(stoppingToken) is > 0 and var removed)
                LogRemoved(logger, removed, options.Value.CheckRetention);
            return true;
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            LogFailed(logger, e);
            return false;
        }
    }

    /// <returns>How many results were removed.</returns>
    internal async Task<long> RemoveAsync(CancellationToken cancellationToken)
    {
        var (removed, after) = (0L, 0L);
        while (true)
        {
            await using var command = warehouse.CreateCommand("""
                with old as (
                    select run_id from etl.run where run_id > $1 and started_at < $2 order by run_id limit $3
                ), removed as (
                    delete from etl.check_result where run_id in (select run_id from old) returning 1
                )
                select (select count(*) from removed), (select max(run_id) from old)
                """);
            command.Parameters.Add(new() { Value = after });
            command.Parameters.Add(new() { Value = time.GetUtcNow().UtcDateTime - options.Value.CheckRetention });
            command.Parameters.Add(new() { Value = Runs });
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            if (reader.IsDBNull(1))
                return removed;
            removed += reader.GetInt64(0);
            after = reader.GetInt64(1);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Removed {Results} results of checks that are older than {Retention}")]
    private static partial void LogRemoved(ILogger logger, long results, TimeSpan retention);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Old results of checks could not be removed; it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
