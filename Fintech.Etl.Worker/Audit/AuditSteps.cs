using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Warehouse;
using Npgsql;

namespace Fintech.Etl.Worker.Audit;

/// <summary>One audit: blocks first, then the rows of those that differ, then, where asked for, the repair.</summary>
internal sealed class AuditSteps(NpgsqlDataSource source, NpgsqlConnection warehouse, PassContext pass, AuditRequest request, PassReport progress)
{
    private readonly Transform transform = new(pass);

    public async Task<AuditReport> RunAsync(CancellationToken cancellationToken)
    {
        // Before the source: what a pass loads meanwhile is new to both, and lies above the watermark or in a gap.
        progress.Doing = "reading the watermark";
        var watermark = await Watermark.ReadAsync(warehouse, pass.Options.SourceSystem, cancellationToken);
        if (watermark.LastId is not { } lastId)
            throw new BatchException($"No pass has read {pass.Options.SourceSystem} yet: there is nothing to compare.");
        var aside = await AsideAsync(cancellationToken);

        progress.Doing = "adding up the source";
        await using var snapshot = await SourceSnapshot.OpenAsync(source, pass.Options, cancellationToken);
        var there = await SourceBlocks.ReadAsync(snapshot, pass, request, lastId, aside, cancellationToken);

        progress.Doing = "adding up the facts";
        await using var transaction = await warehouse.BeginTransactionAsync(cancellationToken);
        var rows = new AuditedRows(warehouse, pass, request, watermark, aside);
        var here = await Blocks.ReadAsync(rows.Command("block_sums"), cancellationToken);
        var differing = there.DifferingFrom(here);

        progress.Doing = "comparing row by row";
        var differences = await rows.CompareAsync(snapshot, transform, differing, cancellationToken);
        var repair = request.Repair ? await RepairAsync(snapshot, rows, differences, cancellationToken) : null;
        var report = new AuditReport(
            pass.Options.SourceSystem, request.BlockSize, there.Count, differing, aside.Count, there.Total, here.Total, differences, repair);
        await AuditBook.RecordAsync(warehouse, pass, request, report, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return report;
    }

    /// <summary>Closes the run also where there was nothing to do.</summary>
    private async Task<Repair?> RepairAsync(
        SourceSnapshot snapshot, AuditedRows rows, IReadOnlyList<Difference> differences, CancellationToken cancellationToken)
    {
        if (differences.All(difference => difference.Rows == 0))
        {
            await RunBook.SucceedAsync(warehouse, progress, cancellationToken);
            return null;
        }

        progress.Doing = "putting facts right";
        foreach (var (currency, said) in await snapshot.CountAsync(snapshot.Transactions.Of([], await rows.IdsToLoadAsync(cancellationToken)), cancellationToken))
            progress.Books.Enter(currency, page => page with { SourceSaid = said });
        await snapshot.DisposeAsync();  // The source is not held while the warehouse works.
        long removed;
        await using (var take = rows.Command("take_back"))
            removed = (long)(await take.ExecuteScalarAsync(cancellationToken))!;

        await using var facts = new StagedLoad(warehouse, pass, transform);
        progress.Books.Enter(await rows.StagedAsync(cancellationToken), (page, staged) => page with { Read = staged });
        await facts.CompleteAsync(progress.Books, cancellationToken);
        await rows.ExecuteAsync("recount", cancellationToken);

        progress.Doing = "reconciling";
        progress.Checks = await Reconcile.RunAsync(warehouse, pass, progress.Books, cancellationToken);
        Reconcile.ThrowIfBlocked(progress.Checks);
        await Reconcile.RecordAsync(warehouse, pass.RunId, progress.Checks, cancellationToken);
        await rows.ExecuteAsync("record_corrections", cancellationToken);
        await rows.EnsureCleanAsync(cancellationToken);
        progress.Add("load", "facts removed", removed, null, null);
        progress.Add("load", "facts loaded", page => page.Loaded, null);
        progress.Add("load", "quarantined", page => page.Quarantined, null);
        await RunBook.SucceedAsync(warehouse, progress, cancellationToken);
        return new Repair(pass.RunId, removed, progress.Totals.Loaded, progress.Totals.Quarantined);
    }

    private async Task<IReadOnlyList<long>> AsideAsync(CancellationToken cancellationToken)
    {
        await using var command = BatchSql.CommandOf(warehouse, Sql.Read("Audit/Sql/aside.sql"), pass);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var ids = new List<long>();
        while (await reader.ReadAsync(cancellationToken))
            ids.Add(long.Parse(reader.GetString(0), System.Globalization.CultureInfo.InvariantCulture));
        return ids;
    }
}
