using Fintech.Etl.Worker.Warehouse;
using Microsoft.Extensions.Options;

namespace Fintech.Etl.Worker.Batch;

/// <summary>Runs a pass at start and every <c>Etl:Interval</c>; after failures with a growing delay.</summary>
internal sealed partial class BatchService(
    BatchPass pass, WarehouseReady ready, IOptions<BatchOptions> options, TimeProvider time, ILogger<BatchService> logger) : BackgroundService
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(5);
    private static readonly BatchRequest Incremental = new() { Trigger = "schedule" };

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ready.WaitAsync(stoppingToken);
        var failures = 0;
        while (true)
        {
            failures = await RunAsync(stoppingToken) ? 0 : failures + 1;
            await Task.Delay(Delay(failures), time, stoppingToken);
        }
    }

    /// <summary>2 s after the first failure, for a source that is still starting, doubling up to five minutes or the interval.</summary>
    private TimeSpan Delay(int failures)
    {
        var interval = options.Value.Interval;
        if (failures == 0)
            return interval;

        var longest = interval > LongestDelay ? interval : LongestDelay;
        var grown = FirstDelay * Math.Pow(2, Math.Min(failures - 1, 20));
        return grown < longest ? grown : longest;
    }

    private async Task<bool> RunAsync(CancellationToken stoppingToken)
    {
        try
        {
            var report = await pass.RunAsync(Incremental, stoppingToken);
            LogDone(logger, report.RunId, report.Totals.Read.Rows, report.Totals.Loaded.Rows, report.Totals.Quarantined.Rows, report.Totals.Known.Rows);
            foreach (var warning in report.Checks.Where(result => !result.Passed && result.Check.Severity == Severity.Quarantine))
                LogQuarantined(logger, warning.Failures, warning.Check.Name, report.RunId);
            return true;
        }
        catch (BatchBusyException e)
        {
            LogBusy(logger, e.Message);
            return true;
        }
        catch (BatchException e) when (!stoppingToken.IsCancellationRequested)
        {
            // Without the exception itself: what its causes say may quote a row. Their stack is harmless.
            LogFailed(logger, e.Message, e.InnerException?.StackTrace);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {RunId}: read {Read} transactions, loaded {Loaded}, quarantined {Quarantined}, already known {Known}")]
    private static partial void LogDone(ILogger logger, long runId, long read, long loaded, long quarantined, long known);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Rows} rows failed check {Check} in run {RunId} and were quarantined")]
    private static partial void LogQuarantined(ILogger logger, long rows, string check, long runId);

    [LoggerMessage(Level = LogLevel.Information, Message = "This pass is left out. {Reason}")]
    private static partial void LogBusy(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The batch pass failed and loaded nothing. {Reason} {Stack}")]
    private static partial void LogFailed(ILogger logger, string reason, string? stack);
}
