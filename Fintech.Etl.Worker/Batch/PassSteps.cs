using System.Diagnostics;
using Fintech.Etl.Worker.Batch.Copy;
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
        report.Doing = "reading the merchants";
        await StageMerchantsAsync(cancellationToken);
        report.Doing = "loading the dimensions";
        await MergeDimensionsAsync(cancellationToken);

        report.Doing = "loading the transactions";
        await using var facts = await ChooseLoadAsync(transaction, cancellationToken);
        await LoadTransactionsAsync(snapshot, selection, tracker, facts, cancellationToken);
        await snapshot.DisposeAsync();  // The source is not held while the warehouse works.
        await CompleteFactsAsync(facts, cancellationToken);
        report.Doing = "reconciling";
        await ReconcileAsync(cancellationToken);
        if (pass.Request.IsIncremental)
            await watermark.MoveAsync(warehouse, pass, tracker, cancellationToken);
        await RunBook.SucceedAsync(warehouse, report, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task StageCustomersAsync(SourceSnapshot snapshot, CancellationToken cancellationToken)
    {
        using var span = BatchTelemetry.Activities.StartActivity("stage customers");
        var (reading, loading) = (new StageClock(), new StageClock());
        var rows = 0L;
        await using var stage = await load.BeginCustomersAsync(cancellationToken);

        // Hashed where they are read, ahead of the load: raw names and addresses do not even reach the next step.
        var staged = ReadAhead.RunAsync<StagedCustomer>(async (chunks, token) =>
        {
            await foreach (var row in snapshot.CustomersAsync(token))
            {
                reading.Extracted();
                if (pass.Privacy.Erased.Contains(row.CustomerId))
                    continue;
                chunks.Add(transform.Customer(row));
                reading.Transformed();
                if (chunks.IsFull)
                    await chunks.SendAsync(token);
            }

            await chunks.SendAsync(token);
        }, cancellationToken);
        await foreach (var chunk in staged)
        {
            loading.Extracted();
            foreach (var customer in chunk)
                await Load.WriteAsync(stage, customer, cancellationToken);
            loading.Loaded();
            rows += chunk.Count;
        }

        loading.Extracted();
        await stage.CompleteAsync(cancellationToken);
        loading.Loaded();
        report.Add("extract", "customers", rows, null, reading.ExtractSeconds);
        report.Add("transform", "customers pseudonymised", rows, null, reading.TransformSeconds);
        report.Add("load", "customers staged", rows, null, loading.LoadSeconds);
        span?.SetTag("fintech.etl.rows", rows);
    }

    private async Task<FactLoad> ChooseLoadAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken) =>
        await DirectLoad.TryBeginAsync(warehouse, transaction, pass, transform, report.Totals.SourceSaid.Rows, cancellationToken)
        ?? (FactLoad)new StagedLoad(warehouse, pass, transform);

    private async Task LoadTransactionsAsync(
        SourceSnapshot snapshot, string selection, GapTracker tracker, FactLoad facts, CancellationToken cancellationToken)
    {
        using var span = BatchTelemetry.Activities.StartActivity("load transactions");
        span?.SetTag("fintech.etl.load", facts.Name);
        var clock = new StageClock();
        var read = new Tally();
        await foreach (var rows in snapshot.TransactionsAsync(selection, cancellationToken))
        {
            clock.Extracted();
            foreach (var row in rows)
            {
                read = read.With(row.Amount);
                tracker.Observe(row.TransactionId);
            }

            await facts.AddAsync(rows, cancellationToken);
            clock.Loaded();
            report.Totals = report.Totals with { Read = read };
        }

        clock.Extracted();
        report.Totals = report.Totals with { Read = read };
        report.Add("extract", "transactions", read, clock.ExtractSeconds);
        report.Add("load", $"transactions, {facts.Name}", read, clock.LoadSeconds);
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

    private async Task MergeDimensionsAsync(CancellationToken cancellationToken)
    {
        using var span = BatchTelemetry.Activities.StartActivity("merge dimensions");
        var watch = Stopwatch.StartNew();
        var versions = await load.MergeDimensionsAsync(cancellationToken);
        report.Add("load", "customer versions", versions.Customers, null, Seconds(watch));
        report.Add("load", "merchant versions", versions.Merchants, null, null);
    }

    private async Task CompleteFactsAsync(FactLoad facts, CancellationToken cancellationToken)
    {
        using var span = BatchTelemetry.Activities.StartActivity("merge facts");
        var watch = Stopwatch.StartNew();
        report.Totals = await facts.CompleteAsync(report.Totals, cancellationToken);
        report.Add("load", "facts loaded", report.Totals.Loaded, Seconds(watch));
        report.Add("load", "quarantined", report.Totals.Quarantined, null);
        report.Add("load", "already known", report.Totals.Known, null);
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
