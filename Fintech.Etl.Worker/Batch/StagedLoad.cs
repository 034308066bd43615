using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>Into a fact table that is in use: a stage first, then one set-based merge, in which the primary key decides what is new.</summary>
internal sealed class StagedLoad(NpgsqlConnection connection, PassContext pass, Transform transform) : FactLoad
{
    private readonly Repeats repeats = new();
    private TransactionStage? stage;

    public override string Name => "staged";

    public override async Task AddAsync(ArraySegment<TransactionRow> rows, CancellationToken cancellationToken)
    {
        stage ??= await TransactionStage.BeginAsync(connection, cancellationToken);
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            if (repeats.Judge(row, transform.Transaction(row)) is { } staged)
                await stage.AddAsync(staged, transform.ContentHash(row), cancellationToken);
        }
    }

    public override async Task<PassTotals> CompleteAsync(PassTotals totals, CancellationToken cancellationToken)
    {
        if (stage is not null)
            await stage.CompleteAsync(cancellationToken);
        var replayed = await TakeReplayedAsync(cancellationToken);
        totals = await MergeAsync(connection, pass, totals with { Known = repeats.Known + replayed }, cancellationToken);
        await BatchSql.ExecuteAsync(connection, "quarantine", pass, cancellationToken);
        return totals;
    }

    /// <summary>Makes facts of what is in the stage, whoever staged it; what does not become one is left in <c>rejected</c>.</summary>
    public static async Task<PassTotals> MergeAsync(
        NpgsqlConnection connection, PassContext pass, PassTotals totals, CancellationToken cancellationToken)
    {
        await BatchSql.ExecuteAsync(connection, "infer_members", pass, cancellationToken);
        await BatchSql.ExecuteAsync(connection, "merge_facts", pass, cancellationToken);
        totals = await CountAsync(connection, pass, totals, cancellationToken);
        await BatchSql.ExecuteAsync(connection, "findings", pass, cancellationToken);
        return await AggregateAsync(connection, pass, totals, cancellationToken);
    }

    /// <summary>Rows that became facts by a replay, in whatever form, are known: they leave the stage.</summary>
    private async Task<Tally> TakeReplayedAsync(CancellationToken cancellationToken)
    {
        await using var take = BatchSql.Command(connection, "replayed", pass);
        await using var reader = await take.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new Tally(reader.GetInt64(0), reader.GetDecimal(1));
    }

    public override async ValueTask DisposeAsync()
    {
        if (stage is not null)
            await stage.DisposeAsync();
    }
}
