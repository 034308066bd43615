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

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        report.Doing = "reading the watermark";
        var watermark = await Watermark.ReadAsync(warehouse, pass.Options.SourceSystem, cancellationToken);
        var tracker = new GapTracker(watermark.LastId, watermark.Gaps, pass.StartedAt);

        report.Doing = "reading the source";
        await using var snapshot = await SourceSnapshot.OpenAsync(source, pass.Options, cancellationToken);
        var selection = snapshot.Select(pass.Request, watermark);
        await snapshot.CountAsync(selection, report.Books, cancellationToken);
        report.RowsExpected = report.Totals.SourceSaid.Rows;

        // Not before the source has begun to answer: a transaction must not lie idle for as long as a large table takes to count.
        await using var transaction = await warehouse.BeginTransactionAsync(cancellationToken);
        await BatchSql.ExecuteAsync(warehouse, "stage", pass, cancellationToken);
        await snapshot.Contract.ReportAsync(warehouse, cancellationToken);
        report.Doing = "loading the customers";
        await LoadCustomersAsync(snapshot, transaction, pass.Request.IsIncremental ? watermark.ReadAt : null, cancellationToken);
        report.Doing = "loading the merchants";
        await LoadMerchantsAsync(cancellationToken);

        report.Doing = "loading the transactions";
        await using var facts = await ChooseLoadAsync(transaction, cancellationToken);
        await LoadTransactionsAsync(snapshot, selection, tracker, facts, cancellationToken);
        await snapshot.DisposeAsync();  // The source is not held while the warehouse works.
        await CompleteFactsAsync(facts, cancellationToken);
        report.Doing = "reconciling";
        await ReconcileAsync(cancellationToken);
        if (pass.Request.IsIncremental)
            await watermark.MoveAsync(warehouse, pass, tracker, snapshot.ReadAt, cancellationToken);
        if (pass.Request.DryRun)
        {
            // What was counted stays in the run's own row, which is closed outside.
            await transaction.RollbackAsync(cancellationToken);
            await RunBook.SucceedAsync(warehouse, report, cancellationToken);
            return;
        }

        await RunBook.SucceedAsync(warehouse, report, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <param name="readAt">When the pass before read the source.</param>
    private async Task LoadCustomersAsync(SourceSnapshot snapshot, NpgsqlTransaction transaction, DateTime? readAt, CancellationToken cancellationToken)
    {
        using var span = BatchTelemetry.Activities.StartActivity("load customers");
        var (reading, loading) = (new StageClock(), new StageClock());
        var rows = 0L;
        var blocks = new CustomerBlocks(warehouse, pass);
        var choice = await blocks.ChooseAsync(snapshot, readAt, cancellationToken);
        reading.Extracted();
        report.Add("extract", "customers compared", blocks.Compared, null, reading.ExtractSeconds);
        if (choice.IsNothing)
        {
            await blocks.RememberAsync(cancellationToken);  // Blocks may have lost their last customer.
            return;
        }

        await using var load = await CustomerLoad.BeginAsync(warehouse, transaction, pass, cancellationToken);

        // Hashed where they are read, ahead of the load: raw names and addresses do not even reach the next step.
        var staged = ReadAhead.RunAsync<StagedCustomer>(async (chunks, token) =>
        {
            await foreach (var row in snapshot.CustomersAsync(choice, token))
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
            await load.AddAsync(chunk, cancellationToken);
            loading.Loaded();
            rows += chunk.Count;
        }

        loading.Extracted();
        var versions = await load.CompleteAsync(rehash: false, cancellationToken);
        await load.RestrictAndCheckAsync(cancellationToken);
        await blocks.RememberAsync(cancellationToken);
        loading.Loaded();
        report.Add("extract", "customers", rows, null, reading.ExtractSeconds);
        report.Add("transform", "customers pseudonymised", rows, null, reading.TransformSeconds);
        report.Add("load", $"customer versions, {load.Name}", versions, null, loading.LoadSeconds);
        span?.SetTag("fintech.etl.rows", rows);
    }

    private async Task LoadMerchantsAsync(CancellationToken cancellationToken)
    {
        using var span = BatchTelemetry.Activities.StartActivity("load merchants");
        var (reading, loading) = (new StageClock(), new StageClock());
        var rows = 0L;
        await using var load = await MerchantLoad.BeginAsync(warehouse, pass, cancellationToken);
        var staged = ReadAhead.RunAsync<StagedMerchant>(async (chunks, token) =>
        {
            await foreach (var document in merchants(token))
            {
                reading.Extracted();
                chunks.Add(transform.Merchant(document));
                reading.Transformed();
                if (chunks.IsFull)
                    await chunks.SendAsync(token);
            }

            await chunks.SendAsync(token);
        }, cancellationToken);
        await foreach (var chunk in staged)
        {
            loading.Extracted();
            await load.AddAsync(chunk, cancellationToken);
            loading.Loaded();
            rows += chunk.Count;
        }

        loading.Extracted();
        var versions = await load.CompleteAsync(cancellationToken);
        loading.Loaded();
        report.Add("extract", "merchants", rows, null, reading.ExtractSeconds);
        report.Add("transform", "merchants checked", rows, null, reading.TransformSeconds);
        report.Add("load", "merchant versions", versions, null, loading.LoadSeconds);
        span?.SetTag("fintech.etl.rows", rows);
    }

    /// <summary>A dry run never locks the fact table.</summary>
    private async Task<FactLoad> ChooseLoadAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken) => pass.Request.DryRun
        ? new StagedLoad(warehouse, pass, transform)
        : await DirectLoad.TryBeginAsync(warehouse, transaction, pass, transform, report.Totals.SourceSaid.Rows, cancellationToken)
        ?? (FactLoad)new StagedLoad(warehouse, pass, transform);

    private async Task LoadTransactionsAsync(
        SourceSnapshot snapshot, string selection, GapTracker tracker, FactLoad facts, CancellationToken cancellationToken)
    {
        using var span = BatchTelemetry.Activities.StartActivity("load transactions");
        span?.SetTag("fintech.etl.load", facts.Name);
        var clock = new StageClock();
        var read = new CurrencySums();
        try
        {
            await foreach (var rows in snapshot.TransactionsAsync(selection, cancellationToken))
            {
                clock.Extracted();
                foreach (var row in rows)
                {
                    read.Add(row.Currency ?? pass.Options.Currency, row.Amount);
                    tracker.Observe(row.TransactionId);
                }

                await facts.AddAsync(rows, cancellationToken);
                report.RowsRead += rows.Count;
                clock.Loaded();
            }
        }
        finally
        {
            // Of a pass that fails here too: how far it came is part of its books.
            report.Books.Enter(read, (page, tally) => page with { Read = tally });
        }

        clock.Extracted();
        report.Add("extract", "transactions", page => page.Read, clock.ExtractSeconds);
        report.Add("load", $"transactions, {facts.Name}", page => page.Read, clock.LoadSeconds);
        span?.SetTag("fintech.etl.rows", read.Rows);
    }

    private async Task CompleteFactsAsync(FactLoad facts, CancellationToken cancellationToken)
    {
        using var span = BatchTelemetry.Activities.StartActivity("merge facts");
        var watch = Stopwatch.StartNew();
        await facts.CompleteAsync(report.Books, cancellationToken);
        report.Add("load", "facts loaded", page => page.Loaded, Seconds(watch));
        report.Add("load", "quarantined", page => page.Quarantined, null);
        report.Add("load", "already known", page => page.Known, null);
    }

    private async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        using var span = BatchTelemetry.Activities.StartActivity("reconcile");
        var watch = Stopwatch.StartNew();
        report.Checks = await Reconcile.RunAsync(warehouse, pass, report.Books, cancellationToken);
        Reconcile.ThrowIfBlocked(report.Checks);
        await Reconcile.RecordAsync(warehouse, pass.RunId, report.Checks, cancellationToken);
        report.Add("reconcile", "counted by the source", page => page.SourceSaid, Seconds(watch));
    }

    private static double Seconds(Stopwatch watch) => Math.Round(watch.Elapsed.TotalSeconds, 3);
}
