using System.Globalization;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Batch.Copy;
using Fintech.Etl.Worker.Warehouse;
using Npgsql;
using NpgsqlTypes;

namespace Fintech.Etl.Worker.Audit;

/// <summary>The rows of the blocks that differ, on the warehouse's side: temporary tables of the open transaction.</summary>
internal sealed class AuditedRows(NpgsqlConnection warehouse, PassContext pass, AuditRequest request, Watermark watermark, IReadOnlyList<long> aside)
{
    private readonly string[] asideKeys = [.. aside.Select(id => id.ToString(CultureInfo.InvariantCulture))];
    private IReadOnlyList<long> blocks = [];

    /// <returns>One difference of each kind, most often of no rows.</returns>
    public async Task<IReadOnlyList<Difference>> CompareAsync(
        SourceSnapshot snapshot, Transform transform, IReadOnlyList<long> differing, CancellationToken cancellationToken)
    {
        if (differing.Count == 0 && aside.Count == 0)
            return [.. Difference.Kinds.Select(kind => new Difference(kind, 0, []))];

        blocks = differing;
        await BatchSql.ExecuteAsync(warehouse, "stage", pass, cancellationToken);
        await StageAsync(snapshot, transform, cancellationToken);
        await ExecuteAsync("keep_rows", cancellationToken);
        await ExecuteAsync("differences", cancellationToken);
        return await DifferencesAsync(cancellationToken);
    }

    /// <summary>Of the rows that the source has and the facts have not, or not so.</summary>
    public async Task<IReadOnlyList<long>> IdsToLoadAsync(CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select transaction_id::bigint from difference where kind in ('changed', 'missing')", warehouse);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var ids = new List<long>();
        while (await reader.ReadAsync(cancellationToken))
            ids.Add(reader.GetInt64(0));
        return ids;
    }

    public async Task<CurrencySums> StagedAsync(CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select currency, amount from stage_transaction", warehouse);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var sums = new CurrencySums();
        while (await reader.ReadAsync(cancellationToken))
            sums.Add(reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetDecimal(1));
        return sums;
    }

    /// <exception cref="BatchException">The repair left something as it was; it is rolled back.</exception>
    public async Task EnsureCleanAsync(CancellationToken cancellationToken)
    {
        await using (var forget = new NpgsqlCommand("delete from difference", warehouse))
            await forget.ExecuteNonQueryAsync(cancellationToken);
        await ExecuteAsync("differences", cancellationToken);
        var left = (await DifferencesAsync(cancellationToken)).Where(difference => difference.Rows > 0).ToList();
        if (left.Count > 0)
            throw new BatchException($"The repair did not put everything right, so all of it was rolled back: {string.Join("; ", left.Select(
                difference => $"{difference.Rows} {difference.Kind}, such as {string.Join(", ", difference.Sample)}"))}.");
    }

    public async Task ExecuteAsync(string name, CancellationToken cancellationToken)
    {
        await using var command = Command(name);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>A file of <c>Audit/Sql</c>, with the parameters that these may name beside those of a pass.</summary>
    public NpgsqlCommand Command(string name)
    {
        var command = BatchSql.CommandOf(warehouse, Sql.Read($"Audit/Sql/{name}.sql"), pass);
        command.Parameters.AddRange((NpgsqlParameter[])[
            new NpgsqlParameter("actor", request.Actor),
            new NpgsqlParameter("block_size", request.BlockSize),
            new NpgsqlParameter("last_id", watermark.LastId!.Value),
            new NpgsqlParameter("aside", asideKeys),
            new NpgsqlParameter("blocks", NpgsqlDbType.Array | NpgsqlDbType.Bigint) { Value = blocks.ToArray() },
            new NpgsqlParameter("gap_lows", watermark.Gaps.Select(gap => gap.Low).ToArray()),
            new NpgsqlParameter("gap_highs", watermark.Gaps.Select(gap => gap.High).ToArray()),
        ]);
        return command;
    }

    /// <summary>As a pass would stage them. Of an id that comes twice the first counts, as it does there.</summary>
    private async Task StageAsync(SourceSnapshot snapshot, Transform transform, CancellationToken cancellationToken)
    {
        var ranges = blocks.Select(block => Blocks.RangeOf(block, request.BlockSize)).ToList();
        var last = watermark.LastId!.Value;
        var suspects = blocks.ToHashSet();
        var selection = snapshot.Transactions.Of(
            [.. ranges.Select(range => (range.Low, Math.Min(range.High, last)))],
            aside.Where(id => id <= last && !suspects.Contains(id / request.BlockSize)));

        var repeats = new Repeats();
        await using var stage = await TransactionStage.BeginAsync(warehouse, cancellationToken);
        await using var ahead = ReadAhead<TransactionRow>.Begin((chunks, token) => snapshot.ReadTransactionsAsync(selection, chunks, token), cancellationToken);
        await foreach (var rows in ahead.AllAsync(cancellationToken))
        {
            foreach (var row in rows)
            {
                if (repeats.Judge(row, transform.Transaction(row)) is { } staged && staged.Failed != Checks.Conflict)
                    await stage.AddAsync(staged, transform.ContentHash(row), cancellationToken);
            }
        }

        await stage.CompleteAsync(cancellationToken);
    }

    private async Task<IReadOnlyList<Difference>> DifferencesAsync(CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select kind, count(*), (array_agg(transaction_id order by transaction_id::bigint))[:5] from difference group by kind
            """, warehouse);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<Difference>();
        while (await reader.ReadAsync(cancellationToken))
            found.Add(new Difference(reader.GetString(0), reader.GetInt64(1), await reader.GetFieldValueAsync<string[]>(2, cancellationToken)));
        return [.. Difference.Kinds.Select(kind => found.Find(difference => difference.Kind == kind) ?? new Difference(kind, 0, []))];
    }
}
