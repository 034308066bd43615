using System.Diagnostics;
using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// Extract, transform, load and reconcile of one pass. Dimensions, facts, quarantine, aggregates, checks, watermark and the end
/// of the run are one transaction: all of it happens or nothing does.
/// </summary>
internal sealed class PassSteps(NpgsqlDataSource source, MerchantFeed merchants, NpgsqlConnection warehouse, PassContext pass, PassReport report)
{
    private readonly Transform transform = new(pass);
    private readonly Load load = new(warehouse, pass);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        report.Doing = "reading the watermark";
        var watermark = await Watermark.ReadAsync(warehouse, pass.Options.SourceSystem, cancellationToken);
        var tracker = new GapTracker(watermark.LastId, watermark.Gaps, pass.StartedAt);
        var selection = TransactionSelection.For(pass.Request, watermark.LastId, watermark.Gaps);

        report.Doing = "reading the source";
        await using var snapshot = await SourceSnapshot.OpenAsync(source, cancellationToken);
        await SourceContract.CheckAsync(snapshot.Connection, cancellationToken);
        report.Totals = report.Totals with { SourceSaid = await snapshot.TallyAsync(selection, cancellationToken) };

        // Not before the source has begun to answer: a transaction must not lie idle for as long as a large table takes to count.
        await using var transaction = await warehouse.BeginTransactionAsync(cancellationToken);
        await load.CreateStageAsync(cancellationToken);
        await StageCustomersAsync(snapshot, cancellationToken);
        await StageTransactionsAsync(snapshot, selection, tracker, cancellationToken);
        await snapshot.DisposeAsync();  // The source is not held while the warehouse works.

        // After the source, so that a merchant created just before its first transaction is known.
        report.Doing = "reading the merchants";
        await StageMerchantsAsync(cancellationToken);

        report.Doing = "loading the warehouse";
        await MergeAsync(cancellationToken);
        await ReconcileAsync(cancellationToken);
        if (pass.Request.IsIncremental)
            await watermark.MoveAsync(warehouse, pass, tracker, cancellationToken);
        await RunBook.SucceedAsync(warehouse, report, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task StageCustomersAsync(SourceSnapshot snapshot, CancellationToken cancellationToken)
    {
        using var span = BatchTelemetry.Activities.StartActivity("stage customers");
        var clock = new StageClock();
        var rows = 0L;
        await using var stage = await load.BeginCustomersAsync(cancellationToken);
        await foreach (var row in snapshot.CustomersAsync(cancellationToken))
        {
            clock.Extracted();
            var staged = transform.Customer(row);
            clock.Transformed();
            await Load.WriteAsync(stage, staged, cancellationToken);
            clock.Loaded();
            rows++;
        }

        clock.Extracted();
        await stage.CompleteAsync(cancellationToken);
        clock.Loaded();
        report.Add("extract", "customers", rows, null, clock.ExtractSeconds);
        report.Add("transform", "customers pseudonymised", rows, null, clock.TransformSeconds);
        report.Add("load", "customers staged", rows, null, clock.LoadSeconds);
        span?.SetTag("fintech.etl.rows", rows);
    }

    private async Task StageTransactionsAsync(SourceSnapshot snapshot, string selection, GapTracker tracker, CancellationToken cancellationToken)
    {
        using var span = BatchTelemetry.Activities.StartActivity("stage transactions");
        var clock = new StageClock();
        var (read, accepted) = (new Tally(), new Tally());
        await using var stage = await load.BeginTransactionsAsync(cancellationToken);
        await foreach (var row in snapshot.TransactionsAsync(selection, cancellationToken))
        {
            clock.Extracted();
            read = read.With(row.Amount);
            tracker.Observe(row.TransactionId);
            var staged = transform.Transaction(row);
            if (staged.Failed is null)
                accepted = accepted.With(row.Amount);
            clock.Transformed();
            await Load.WriteAsync(stage, staged, cancellationToken);
            clock.Loaded();
        }

        clock.Extracted();
        await stage.CompleteAsync(cancellationToken);
        clock.Loaded();
        report.Totals = report.Totals with { Read = read };
        report.Add("extract", "transactions", read, clock.ExtractSeconds);
        report.Add("transform", "transactions accepted", accepted, clock.TransformSeconds);
        report.Add("transform", "transactions rejected", new Tally(read.Rows - accepted.Rows, read.Amount - accepted.Amount), null);
        report.Add("load", "transactions staged", read, clock.LoadSeconds);
        span?.SetTag("fintech.etl.rows", read.Rows);
    }

    private async Task StageMerchantsAsync(CancellationToken cancellationToken)
    {
        using var span = BatchTelemetry.Activities.StartActivity("stage merchants");
        var clock = new StageClock();
        var rows = 0L;
        await using var stage = await load.BeginMerchantsAsync(cancellationToken);
        await foreach (var document in merchants(cancellationToken))
        {
            clock.Extracted();
            var staged = transform.Merchant(document);
            clock.Transformed();
            await Load.WriteAsync(stage, rows++, staged, cancellationToken);
            clock.Loaded();
        }

        clock.Extracted();
        await stage.CompleteAsync(cancellationToken);
        clock.Loaded();
        report.Add("extract", "merchants", rows, null, clock.ExtractSeconds);
        report.Add("transform", "merchants checked", rows, null, clock.TransformSeconds);
        report.Add("load", "merchants staged", rows, null, clock.LoadSeconds);
        span?.SetTag("fintech.etl.rows", rows);
    }

    private async Task MergeAsync(CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        using (BatchTelemetry.Activities.StartActivity("merge dimensions"))
        {
            var versions = await load.MergeDimensionsAsync(cancellationToken);
            report.Add("load", "customer versions", versions.Customers, null, Seconds(watch));
            report.Add("load", "merchant versions", versions.Merchants, null, null);
        }

        watch.Restart();
        using (BatchTelemetry.Activities.StartActivity("merge facts"))
        {
            report.Totals = await load.MergeFactsAsync(report.Totals, cancellationToken);
            report.Add("load", "facts loaded", report.Totals.Loaded, Seconds(watch));
            report.Add("load", "quarantined", report.Totals.Quarantined, null);
            report.Add("load", "already known", report.Totals.Known, null);
        }
    }

    private async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        using var span = BatchTelemetry.Activities.StartActivity("reconcile");
        var watch = Stopwatch.StartNew();
        report.Checks = await Reconcile.RunAsync(warehouse, pass, report.Totals, cancellationToken);
        Reconcile.ThrowIfBlocked(report.Checks);
        await Reconcile.RecordAsync(warehouse, pass.RunId, report.Checks, cancellationToken);
        report.Add("reconcile", "counted by the source", report.Totals.SourceSaid, Seconds(watch));
    }

    private static double Seconds(Stopwatch watch) => Math.Round(watch.Elapsed.TotalSeconds, 3);
}
