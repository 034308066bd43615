using System.Diagnostics.Metrics;
using Fintech.Etl.Worker.Warehouse;
using Microsoft.Extensions.Options;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>A look every <c>Stream:LiveAuditInterval</c>. Drift is a defect of ours: it is logged, counted, and repairs nothing.</summary>
internal sealed partial class LiveAuditService : BackgroundService
{
    private readonly LiveAudit audit;
    private readonly WarehouseReady ready;
    private readonly TimeSpan interval;
    private readonly TimeProvider clock;
    private readonly ILogger<LiveAuditService> logger;
    private readonly Counter<long> compared;
    private readonly Counter<long> drift;

    public LiveAuditService(LiveAudit audit, WarehouseReady ready, IMeterFactory meters, IOptions<StreamOptions> options, TimeProvider clock, ILogger<LiveAuditService> logger)
    {
        (this.audit, this.ready, interval, this.clock, this.logger) = (audit, ready, options.Value.LiveAuditInterval, clock, logger);
        var meter = meters.Create(BatchTrace.SourceName);
        compared = meter.CreateCounter<long>("fintech.stream.audit.compared", "{row}", "Live counters and customers compared with the facts.");
        drift = meter.CreateCounter<long>("fintech.stream.audit.drift", "{row}", "Live counters and customers that differ from the facts: must be zero.");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (interval == TimeSpan.Zero)
            return;
        await ready.WaitAsync(stoppingToken);
        while (true)
        {
            await Task.Delay(interval, clock, stoppingToken);
            await LookAsync(stoppingToken);
        }
    }

    private async Task LookAsync(CancellationToken stoppingToken)
    {
        try
        {
            foreach (var result in await audit.RunAsync(stoppingToken))
            {
                var check = new KeyValuePair<string, object?>("check", result.Check);
                compared.Add(result.Compared, check);
                drift.Add(result.Drift, check);
                if (result.Drift > 0)
                    LogDrift(logger, result.Check, result.Drift, result.Compared, string.Join(", ", result.Sample));
            }
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            LogFailed(logger, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Live counters differ from the facts: of {Check} {Drift} of {Compared}, such as {Sample}")]
    private static partial void LogDrift(ILogger logger, string check, long drift, long compared, string sample);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The live audit could not look; it tries again")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
