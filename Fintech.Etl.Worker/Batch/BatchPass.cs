using System.Diagnostics;
using Fintech.Etl.Worker.Privacy;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>What a pass does between taking the warehouse and giving it back, on the connection that holds it.</summary>
internal delegate Task PassWork(NpgsqlConnection warehouse, PassContext pass, CancellationToken cancellationToken);

/// <summary>One batch pass: takes the lock, keeps the books, and leaves the warehouse either with all of it or as it was.</summary>
internal sealed partial class BatchPass(
    [FromKeyedServices(BatchPass.SourceName)] NpgsqlDataSource source,
    MerchantFeed merchants,
    NpgsqlDataSource warehouse,
    PiiKeyRing keys,
    IOptions<BatchOptions> options,
    BatchTelemetry telemetry,
    TimeProvider time,
    ILogger<BatchPass> logger)
{
    /// <summary>Connection name of the database that is read.</summary>
    public const string SourceName = "source";

    private static readonly TimeSpan PatienceWithBooks = TimeSpan.FromSeconds(10);

    /// <exception cref="BatchBusyException">Another pass holds this warehouse.</exception>
    /// <exception cref="BatchException">The pass failed and left nothing behind but its row in <c>etl.run</c>.</exception>
    /// <exception cref="OperationCanceledException">The same, because it was cancelled.</exception>
    public Task<PassReport> RunAsync(BatchRequest request, CancellationToken cancellationToken) =>
        RunAsync(request, new PassReport(), cancellationToken);

    /// <param name="report">Filled as the pass goes, for who wants to look on.</param>
    public Task<PassReport> RunAsync(BatchRequest request, PassReport report, CancellationToken cancellationToken) => RunAsync(
        request, options.Value, report,
        (connection, pass, token) => new PassSteps(source, merchants, connection, pass, report).RunAsync(token), cancellationToken);

    /// <summary>Another work under the same lock and with the same books.</summary>
    /// <param name="settings">What this pass runs with, where that is not what is configured.</param>
    public async Task<PassReport> RunAsync(
        BatchRequest request, BatchOptions settings, PassReport report, PassWork work, CancellationToken cancellationToken)
    {
        using var span = BatchTelemetry.Activities.StartActivity("batch pass");
        span?.SetTag("fintech.etl.trigger", request.Trigger);
        var began = time.GetTimestamp();
        try
        {
            await RunLockedAsync(request, settings, report, work, span, cancellationToken);
            report.Took = time.GetElapsedTime(began);
            if (!request.DryRun)
                telemetry.Succeeded(report.Totals, report.Took);
            if (report.Checks.FirstOrDefault(result => result.Check == Checks.NewColumns) is { Passed: false } found)
                LogNewColumns(logger, report.RunId, found.Failures, string.Join(", ", found.Sample));
            return report;
        }
        catch (Exception e)
        {
            var failure = BatchException.While(report.Doing, e);
            span?.SetStatus(ActivityStatusCode.Error, failure.Message);
            if (failure is not BatchBusyException)
                telemetry.Failed(time.GetElapsedTime(began));
            if (cancellationToken.IsCancellationRequested)
                throw new OperationCanceledException(failure.Message, e, cancellationToken);
            throw failure;
        }
    }

    private async Task RunLockedAsync(
        BatchRequest request, BatchOptions settings, PassReport report, PassWork work, Activity? span, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var held = await PassLock.AcquireAsync(connection, cancellationToken);
        var startedAt = WholeMicroseconds(time.GetUtcNow());
        report.RunId = await RunBook.OpenAsync(connection, request, settings, keys.Current.Version, startedAt, cancellationToken);
        span?.SetTag("fintech.etl.run_id", report.RunId);
        var pass = new PassContext(report.RunId, startedAt, request, settings, keys.Current);
        try
        {
            pass = pass with { Privacy = await PassPrivacy.LoadAsync(connection, keys, settings.Privacy.Policy, cancellationToken) };
            await using var progress = new RunProgress(warehouse, report, time, logger);
            await work(connection, pass, cancellationToken);
        }
        catch (Exception e)
        {
            await CloseFailedAsync(report, BatchException.While(report.Doing, e).Message);
            throw;
        }
    }

    /// <summary>On a connection of its own, since that of the pass may be what failed, and whether or not the pass was cancelled.</summary>
    private async Task CloseFailedAsync(PassReport report, string error)
    {
        using var deadline = new CancellationTokenSource(PatienceWithBooks, time);
        try
        {
            await using var connection = await warehouse.OpenConnectionAsync(deadline.Token);
            await RunBook.FailAsync(connection, report, error, deadline.Token);
            await Reconcile.RecordAsync(connection, report.RunId, report.Checks, deadline.Token);
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException)
        {
            // The next pass finds the run still marked running, and closes it.
            LogBooksNotClosed(logger, report.RunId, BatchException.Harmless(e));
        }
    }

    /// <summary>As PostgreSQL keeps it, so that what is read back compares equal.</summary>
    private static DateTime WholeMicroseconds(DateTimeOffset moment) =>
        new(moment.UtcTicks - (moment.UtcTicks % TimeSpan.TicksPerMicrosecond), DateTimeKind.Utc);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {RunId} failed, and could not be marked so: {Reason}")]
    private static partial void LogBooksNotClosed(ILogger logger, long runId, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {RunId}: the source has {Columns} columns that nobody asked for and that are not read, such as {Sample}")]
    private static partial void LogNewColumns(ILogger logger, long runId, long columns, string sample);
}
