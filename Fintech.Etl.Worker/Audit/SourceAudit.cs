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
internal sealed class SourceAudit(
    [FromKeyedServices(BatchPass.SourceName)] NpgsqlDataSource source,
    NpgsqlDataSource warehouse,
    BatchPass passes,
    PiiKeyRing keys,
    IOptions<BatchOptions> options,
    AuditTelemetry telemetry,
    TimeProvider time)
{
    private const long NoRun = 0;
    private static readonly BatchRequest RepairRun = new() { Trigger = "audit" };

    /// <exception cref="BatchBusyException">A repair found a pass at work.</exception>
    /// <exception cref="BatchException">It failed, and changed nothing.</exception>
    public async Task<AuditReport> RunAsync(AuditRequest request, CancellationToken cancellationToken)
    {
        using var span = BatchTelemetry.Activities.StartActivity("audit");
        var began = time.GetTimestamp();
        var progress = new PassReport();
        try
        {
            var report = request.Repair
                ? await RepairAsync(request, progress, cancellationToken)
                : await LookAsync(request, progress, cancellationToken);
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

    /// <summary>Under the lock and in the books of a pass.</summary>
    private async Task<AuditReport> RepairAsync(AuditRequest request, PassReport progress, CancellationToken cancellationToken)
    {
        AuditReport? report = null;
        await passes.RunAsync(
            RepairRun, options.Value, progress,
            async (connection, pass, token) => report = await new AuditSteps(source, connection, pass, request, progress).RunAsync(token), cancellationToken);
        return report!;
    }

    private async Task<AuditReport> LookAsync(AuditRequest request, PassReport progress, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        var now = time.GetUtcNow().UtcTicks;
        var startedAt = new DateTime(now - (now % TimeSpan.TicksPerMicrosecond), DateTimeKind.Utc);
        // An erased customer goes by an alias in the facts: without it each of their rows would count as changed.
        var privacy = await PassPrivacy.LoadAsync(connection, keys, options.Value.Privacy.Policy, cancellationToken);
        var pass = new PassContext(NoRun, startedAt, RepairRun, options.Value, keys.Current) { Privacy = privacy };
        return await new AuditSteps(source, connection, pass, request, progress).RunAsync(cancellationToken);
    }
}
