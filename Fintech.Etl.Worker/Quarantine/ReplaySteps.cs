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
        await TakeAsync(cancellationToken);
        await StageAsync(cancellationToken);

        report.Doing = "loading the transactions";
        var watch = Stopwatch.StartNew();
        await using (var keys = BatchSql.CommandOf(warehouse,
            "update stage_transaction s set transaction_id = t.transaction_id from taken t where s.transaction_id = t.rejected_id::text", pass))
        {
            await keys.ExecuteNonQueryAsync(cancellationToken);
        }

        await StagedLoad.MergeAsync(warehouse, pass, report.Books, cancellationToken);
        report.Add("load", "facts loaded", totals => totals.Loaded, Seconds(watch));
        report.Add("load", "quarantined again", totals => totals.Quarantined, null);
        report.Add("load", "already known", totals => totals.Known, null);

        report.Doing = "reconciling";
        watch.Restart();
        report.Checks = await Reconcile.RunAsync(warehouse, pass, report.Books, cancellationToken);
        Reconcile.ThrowIfBlocked(report.Checks);
        await Reconcile.RecordAsync(warehouse, pass.RunId, report.Checks, cancellationToken);
        await using (var outcome = BatchSql.CommandOf(warehouse, Warehouse.Sql.Read("Quarantine/Sql/replay_outcome.sql"), pass))
        {
            outcome.Parameters.Add(new("actor", actor));
            await outcome.ExecuteNonQueryAsync(cancellationToken);
        }

        report.Add("reconcile", "counted in quarantine", totals => totals.SourceSaid, Seconds(watch));
        await RunBook.SucceedAsync(warehouse, report, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task TakeAsync(CancellationToken cancellationToken)
    {
        await using var take = BatchSql.CommandOf(warehouse, Warehouse.Sql.Read("Quarantine/Sql/replay_take.sql"), pass);
        take.Parameters.Add(new("ids", ids));
        await using var reader = await take.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var taken = new Tally(reader.GetInt64(0), reader.GetDecimal(1));
        report.RowsExpected = taken.Rows;
        if (taken.Rows > 0)
            report.Books.Enter(PassBooks.PageOf(pass.Options.Currency), page => page with { SourceSaid = taken });
    }

    /// <summary>Page by page, since the connection either reads or copies.</summary>
    private async Task StageAsync(CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var (read, after) = (new CurrencySums(), 0L);
        while (await PageAsync(after, cancellationToken) is { Count: > 0 } page)
        {
            await using var stage = await TransactionStage.BeginAsync(warehouse, cancellationToken);
            foreach (var (candidate, contentHash) in page)
            {
                var staged = transform.Transaction(candidate.Row);
                await stage.AddAsync(staged with { Failed = candidate.Failed ?? staged.Failed }, contentHash, cancellationToken);
                read.Add(staged.Currency, candidate.Row.Amount);
            }

            await stage.CompleteAsync(cancellationToken);
            after = page[^1].Candidate.Row.TransactionId;
            report.RowsRead += page.Count;
        }

        report.Books.Enter(read, (page, tally) => page with { Read = tally });
        report.Add("extract", "rejected rows", totals => totals.Read, Seconds(watch));
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
