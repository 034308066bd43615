using System.Diagnostics;
using System.Runtime.CompilerServices;
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
        report.RowsExpected = await snapshot.EstimateAsync(selection, cancellationToken);
        var blocks = new CustomerBlocks(warehouse, pass);
        var customers = await blocks.ChooseAsync(snapshot, pass.Request.IsIncremental ? watermark.ReadAt : null, cancellationToken);
        await using var reading = DimensionReading.Begin(snapshot, merchants, pass, transform, customers, cancellationToken);

        // Not before the source has begun to answer: a transaction must not lie idle for as long as a large table takes to compare.
        await using var transaction = await warehouse.BeginTransactionAsync(cancellationToken);
        await BatchSql.ExecuteAsync(warehouse, "stage", pass, cancellationToken);
        await snapshot.Contract.ReportAsync(warehouse, cancellationToken);
        var dimensions = new DimensionSteps(reading, warehouse, transaction, pass, report);
        // The source goes on to its transactions while the warehouse is still at the last customers and their indexes.
        await using var ahead = ReadAhead<TransactionRow>.Begin(
            async (chunks, token) =>
            {
                await reading.CustomersRead.WaitAsync(token);
                await snapshot.ReadTransactionsAsync(selection, chunks, token);
            },
            cancellationToken);
        var customerKeys = await dimensions.LoadCustomersAsync(cancellationToken);
        await dimensions.LoadMerchantsAsync(cancellationToken);

        report.Doing = "loading the transactions";
        await using var facts = await ChooseLoadAsync(transaction, customerKeys, cancellationToken);
        await LoadTransactionsAsync(ahead, tracker, facts, cancellationToken);

        // The source has time to count while the warehouse works.
        var counting = CountSourceAsync(snapshot, selection, blocks, cancellationToken);
        await Task.WhenAll(CompleteFactsAsync(facts, cancellationToken), counting);
        foreach (var (currency, said) in await counting)
            report.Books.Enter(currency, page => page with { SourceSaid = said });
        await snapshot.DisposeAsync();
        await blocks.RememberAsync(cancellationToken);
        report.Add("extract", "customers compared", blocks.Compared, null, null);
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

    /// <summary>What was to be read, asked of the source in the snapshot it was read in.</summary>
    private async Task<IReadOnlyList<(string Currency, Tally Tally)>> CountSourceAsync(
        SourceSnapshot snapshot, string selection, CustomerBlocks blocks, CancellationToken cancellationToken)
    {
        await blocks.DigestAsync(snapshot, cancellationToken);
        return await snapshot.CountAsync(selection, cancellationToken);
    }

    /// <summary>A dry run never locks the fact table.</summary>
    private async Task<FactLoad> ChooseLoadAsync(NpgsqlTransaction transaction, CustomerKeys? customerKeys, CancellationToken cancellationToken) => pass.Request.DryRun
        ? new StagedLoad(warehouse, pass, transform)
        : await DirectLoad.TryBeginAsync(warehouse, transaction, pass, transform, report.RowsExpected, customerKeys, cancellationToken)
        ?? (FactLoad)new StagedLoad(warehouse, pass, transform);

    private async Task LoadTransactionsAsync(
        ReadAhead<TransactionRow> ahead, GapTracker tracker, FactLoad facts, CancellationToken cancellationToken)
    {
        using var span = BatchTelemetry.Activities.StartActivity("load transactions");
        span?.SetTag("fintech.etl.load", facts.Name);
        var clock = new StageClock();
        var read = new CurrencySums();
        try
        {
            await foreach (var rows in ahead.AllAsync(cancellationToken))
            {
                clock.Extracted();
                Observe(rows, read, tracker);
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

    [MethodImpl(Hot.Path)]
    private void Observe(ArraySegment<TransactionRow> rows, CurrencySums read, GapTracker tracker)
    {
        foreach (ref readonly var row in rows.AsSpan())
        {
            read.Add(row.Currency ?? pass.Options.Currency, row.Amount);
            tracker.Observe(row.TransactionId);
        }
    }

    private async Task CompleteFactsAsync(FactLoad facts, CancellationToken cancellationToken)
    {
        using var span = BatchTelemetry.Activities.StartActivity("merge facts");
        var watch = Stopwatch.StartNew();
        await facts.CompleteAsync(report.Books, cancellationToken);
        await facts.SettleAsync(cancellationToken);
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
