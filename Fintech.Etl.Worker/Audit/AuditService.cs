using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Warehouse;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Fintech.Etl.Worker.Audit;

/// <summary>An audit whenever the last one is <c>Etl:AuditInterval</c> ago, by whichever worker notices first. It repairs nothing.</summary>
internal sealed partial class AuditService(
    SourceAudit audit, NpgsqlDataSource warehouse, WarehouseReady ready, IOptions<BatchOptions> options, TimeProvider time, ILogger<AuditService> logger)
    : BackgroundService
{
    /// <summary>Any constant of our own: "audit" on a telephone keypad.</summary>
    private const long LockKey = 28_348;

    private static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.AuditInterval == TimeSpan.Zero)
            return;
        await ready.WaitAsync(stoppingToken);
        while (true)
            await Task.Delay(await TryAsync(stoppingToken) ? options.Value.Interval : AfterFailure, time, stoppingToken);
    }

    private async Task<bool> TryAsync(CancellationToken stoppingToken)
    {
        try
        {
            await RunIfDueAsync(stoppingToken);
            return true;
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            LogFailed(logger, BatchException.While("looking whether an audit is due", e).Message);
            return false;
        }
    }

    /// <returns>Null where none is due, where another worker is at it, or where no pass has read the source yet.</returns>
    internal async Task<AuditReport?> RunIfDueAsync(CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using (var claim = new NpgsqlCommand("select pg_try_advisory_lock($1)", connection) { Parameters = { new() { Value = LockKey } } })
        {
            if (await claim.ExecuteScalarAsync(cancellationToken) is not true)
                return null;
        }

        try
        {
            if (!await IsDueAsync(connection, cancellationToken))
                return null;
            var report = await audit.RunAsync(new AuditRequest("schedule", Repair: false, options.Value.AuditBlock), cancellationToken);
            if (report.IsClean)
                LogClean(logger, report.Source.Rows);
            else
                LogDifferences(logger, report.Rows(Difference.Changed), report.Rows(Difference.Deleted), report.Rows(Difference.Missing));
            return report;
        }
        finally
        {
            // The pool resets a connection only when it is used again: until then the lock would stay.
            if (connection.State == System.Data.ConnectionState.Open)
            {
                await using var release = new NpgsqlCommand("select pg_advisory_unlock($1)", connection) { Parameters = { new() { Value = LockKey } } };
                await release.ExecuteNonQueryAsync(CancellationToken.None);
            }
        }
    }

    private async Task<bool> IsDueAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select exists (select from etl.watermark where source_system = @source_system)
               and not exists (select from etl.source_audit where source_system = @source_system and audited_at > @latest)
            """, connection)
        {
            Parameters = { new("source_system", options.Value.SourceSystem), new("latest", time.GetUtcNow().UtcDateTime - options.Value.AuditInterval) },
        };
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The audit compared {Rows} rows: the facts are what the source holds")]
    private static partial void LogClean(ILogger logger, long rows);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The audit found rows changed ({Changed}) and deleted ({Deleted}) in the source, and missing ({Missing}) in the warehouse; etl.audit names some, audit --repair puts them right")]
    private static partial void LogDifferences(ILogger logger, long changed, long deleted, long missing);

    [LoggerMessage(Level = LogLevel.Error, Message = "The audit failed. {Reason}")]
    private static partial void LogFailed(ILogger logger, string reason);
}
