using System.Diagnostics;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Streaming;
using Npgsql;
using Tally = Fintech.Etl.Worker.Batch.Tally;

namespace Fintech.Etl.Worker.Quarantine;

/// <summary>
/// A pass whose source is the quarantine: what is taken from it is counted by the database, goes through the same checks and the
/// same merge as any row, and must be accounted for in the same books.
/// </summary>
internal sealed class ReplaySteps(
    NpgsqlConnection warehouse, PassContext pass, PassReport report, long[] ids, StreamOptions stream, string actor)
{
    private const int PageRows = 5_000;

    private readonly Transform transform = new(pass);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        report.Doing = "taking rows from the quarantine";
        await using var transaction = await warehouse.BeginTransactionAsync(cancellationToken);
        await BatchSql.ExecuteAsync(warehouse, "stage", pass, cancellationToken);
        report.Totals = report.Totals with { SourceSaid = await TakeAsync(cancellationToken) };
        await StageAsync(cancellationToken);

        report.Doing = "loading the transactions";
        var watch = Stopwatch.StartNew();
        await using (var keys = BatchSql.CommandOf(warehouse,
            "update stage_transaction s set transaction_id = t.transaction_id from taken t where s.transaction_id = t.rejected_id::text", pass))
        {
            await keys.ExecuteNonQueryAsync(cancellationToken);
        }

        report.Totals = await StagedLoad.MergeAsync(warehouse, pass, report.Totals, cancellationToken);
        report.Add("load", "facts loaded", report.Totals.Loaded, Seconds(watch));
        report.Add("load", "quarantined again", report.Totals.Quarantined, null);
        report.Add("load", "already known", report.Totals.Known, null);

        report.Doing = "reconciling";
        watch.Restart();
        report.Checks = await Reconcile.RunAsync(warehouse, pass, report.Totals, cancellationToken);
        Reconcile.ThrowIfBlocked(report.Checks);
        await Reconcile.RecordAsync(warehouse, pass.RunId, report.Checks, cancellationToken);
        await using (var outcome = BatchSql.CommandOf(warehouse, Warehouse.Sql.Read("Quarantine/Sql/replay_outcome.sql"), pass))
        {
            outcome.Parameters.Add(new("actor", actor));
            await outcome.ExecuteNonQueryAsync(cancellationToken);
        }

        report.Add("reconcile", "counted in quarantine", report.Totals.SourceSaid, Seconds(watch));
        await RunBook.SucceedAsync(warehouse, report, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task<Tally> TakeAsync(CancellationToken cancellationToken)
    {
        await using var take = BatchSql.CommandOf(warehouse, Warehouse.Sql.Read("Quarantine/Sql/replay_take.sql"), pass);
        take.Parameters.Add(new("ids", ids));
        await using var reader = await take.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new Tally(reader.GetInt64(0), reader.GetDecimal(1));
    }

    /// <summary>Page by page, since the connection either reads or copies.</summary>
    private async Task StageAsync(CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var (read, after) = (new Tally(), 0L);
        while (await PageAsync(after, cancellationToken) is { Count: > 0 } page)
        {
            await using var stage = await TransactionStage.BeginAsync(warehouse, cancellationToken);
            foreach (var (candidate, contentHash) in page)
            {
                var staged = transform.Transaction(candidate.Row);
                await stage.AddAsync(staged with { Failed = candidate.Failed ?? staged.Failed }, contentHash, cancellationToken);
                read = read.With(candidate.Row.Amount);
            }

            await stage.CompleteAsync(cancellationToken);
            after = page[^1].Candidate.Row.TransactionId;
            report.Totals = report.Totals with { Read = read };
        }

        report.Add("extract", "rejected rows", read, Seconds(watch));
    }

    private async Task<List<(Candidate Candidate, byte[] ContentHash)>> PageAsync(long after, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "select rejected_id, origin, content::text, content_hash from taken where rejected_id > $1 order by rejected_id limit $2", warehouse)
        {
            Parameters = { new() { Value = after }, new() { Value = PageRows } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var page = new List<(Candidate, byte[])>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var candidate = Candidate.Read(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), stream, pass.StartedAt);
            page.Add((candidate, await reader.GetFieldValueAsync<byte[]>(3, cancellationToken)));
        }

        return page;
    }

    private static double Seconds(Stopwatch watch) => Math.Round(watch.Elapsed.TotalSeconds, 3);
}
