using Fintech.Etl.Worker.Warehouse;
using Microsoft.Extensions.Options;

namespace Fintech.Etl.Worker.History;

/// <summary>
/// Looks every <c>History:Interval</c> for days and months that changed, and rolls up those at which nobody is writing any more. After each
/// it rests <c>History:Rest</c> times as long as it took: with ten it never has more than a tenth of one processor.
/// </summary>
internal sealed partial class HistoryService(
    HistoryRollup rollup, WarehouseReady ready, IOptions<HistoryOptions> options, TimeProvider time, ILogger<HistoryService> logger) : BackgroundService
{
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(2);

    private Dictionary<(string Unit, DateOnly Start), StaleSpan> seen = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.Interval == TimeSpan.Zero)
            return;
        await ready.WaitAsync(stoppingToken);
        while (true)
        {
            await Task.Delay(options.Value.Interval, time, stoppingToken);
            await TryAsync(stoppingToken);
        }
    }

    private async Task TryAsync(CancellationToken stoppingToken)
    {
        try
        {
            var stale = await rollup.StaleAsync(stoppingToken);
            var quiet = stale.Where(span => seen.GetValueOrDefault((span.Unit, span.Start)) == span).ToList();
            seen = stale.ToDictionary(span => (span.Unit, span.Start));
            foreach (var work in RollupWork.Of(quiet))
            {
                var began = time.GetTimestamp();
                if (!await rollup.RollAsync(work, stoppingToken))
                    return;
                var took = time.GetElapsedTime(began);
                LogRolled(logger, work, took.TotalSeconds);
                var rest = took * options.Value.Rest;
                await Task.Delay(rest < LongestRest ? rest : LongestRest, time, stoppingToken);
            }

            if (quiet.Count > 0 && await rollup.AnalyzeAsync(stoppingToken) is { } facts)
                LogAnalyzed(logger, facts);
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            // Nothing is wrong meanwhile, only slower: what is not rolled up is read from the facts.
            LogFailed(logger, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Rolled up {Work} in {Seconds:0.00} s")]
    private static partial void LogRolled(ILogger logger, RollupWork work, double seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "Statistics of the fact table are renewed, for {Facts} facts")]
    private static partial void LogAnalyzed(ILogger logger, long facts);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The history could not be rolled up; it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
