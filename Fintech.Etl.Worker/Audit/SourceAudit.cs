using System.Diagnostics;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Privacy;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Fintech.Etl.Worker.Audit;

/// <summary>
/// Compares the facts with the ledger they came from, which a pass cannot: it reads what is new, and does not see what was changed
/// or deleted in place. Looking takes no lock; a repair is a run like a pass, and all or nothing.
/// </summary>
internal sealed partial class SourceAudit(
    [FromKeyedServices(BatchPass.SourceName)] NpgsqlDataSource source,
    NpgsqlDataSource warehouse,
    PiiKeyRing keys,
    IOptions<BatchOptions> options,
    AuditTelemetry telemetry,
    TimeProvider time,
    ILogger<SourceAudit> logger)
{
    private const string Trigger = "audit";
    private const long NoRun = 0;
    private static readonly TimeSpan PatienceWithBooks = TimeSpan.FromSeconds(10);

    /// <exception cref="BatchBusyException">A repair found a pass at work.</exception>
    /// <exception cref="BatchException">It failed, and changed nothing.</exception>
    public async Task<AuditReport> RunAsync(AuditRequest request, CancellationToken cancellationToken)
    {
        using var span = BatchTelemetry.Activities.StartActivity("audit");
        var began = time.GetTimestamp();
        var progress = new PassReport();
        try
        {
            await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
            var report = request.Repair
                ? await RepairAsync(connection, request, progress, cancellationToken)
                : await new AuditSteps(source, connection, await PrivateAsync(connection, Context(NoRun), cancellationToken), request, progress).RunAsync(cancellationToken);
            telemetry.Succeeded(report, time.GetElapsedTime(began));
            span?.SetTag("fintech.etl.audit.differences", report.DifferingRows);
            return report;
        }
        catch (Exception e)
        {
            var failure = BatchException.While(progress.Doing, e);
            span?.SetStatus(ActivityStatusCode.Error, failure.Message);
            if (failure is not BatchBusyException)
                telemetry.Failed(time.GetElapsedTime(began));
            if (cancellationToken.IsCancellationRequested)
                throw new OperationCanceledException(failure.Message, e, cancellationToken);
            throw failure;
        }
    }

    private async Task<AuditReport> RepairAsync(NpgsqlConnection connection, AuditRequest request, PassReport progress, CancellationToken cancellationToken)
    {
        await using var held = await PassLock.AcquireAsync(connection, cancellationToken);
        var opening = Context(NoRun);
        progress.RunId = await RunBook.OpenAsync(connection, opening.Request, options.Value, keys.Current.Version, opening.StartedAt, cancellationToken);
        try
        {
            var context = await PrivateAsync(connection, opening with { RunId = progress.RunId }, cancellationToken);
            return await new AuditSteps(source, connection, context, request, progress).RunAsync(cancellationToken);
        }
        catch (Exception e)
        {
            await CloseFailedAsync(progress, BatchException.While(progress.Doing, e).Message);
            throw;
        }
    }

    /// <summary>On a connection of its own, since that of the repair may be what failed, and whether or not it was cancelled.</summary>
    private async Task CloseFailedAsync(PassReport progress, string error)
    {
        using var deadline = new CancellationTokenSource(PatienceWithBooks, time);
        try
        {
            await using var connection = await warehouse.OpenConnectionAsync(deadline.Token);
            await RunBook.FailAsync(connection, progress, error, deadline.Token);
            await Reconcile.RecordAsync(connection, progress.RunId, progress.Checks, deadline.Token);
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException)
        {
            // The next run finds this one still marked running, and closes it.
            LogBooksNotClosed(logger, progress.RunId, BatchException.Harmless(e));
        }
    }

    /// <summary>An erased customer goes by an alias in the facts: without it each would count as changed, and a repair bring them back.</summary>
    private async Task<PassContext> PrivateAsync(NpgsqlConnection connection, PassContext context, CancellationToken cancellationToken) =>
        context with { Privacy = await PassPrivacy.LoadAsync(connection, keys, options.Value.Privacy.Policy, cancellationToken) };

    private PassContext Context(long runId)
    {
        var now = time.GetUtcNow().UtcTicks;
        var startedAt = new DateTime(now - (now % TimeSpan.TicksPerMicrosecond), DateTimeKind.Utc);
        return new PassContext(runId, startedAt, new BatchRequest { Trigger = Trigger }, options.Value, keys.Current);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Repair {RunId} failed, and could not be marked so: {Reason}")]
    private static partial void LogBooksNotClosed(ILogger logger, long runId, string reason);
}
