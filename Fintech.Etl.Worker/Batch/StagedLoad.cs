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
        await BatchSql.ExecuteAsync(connection, "infer_members", pass, cancellationToken);
        await BatchSql.ExecuteAsync(connection, "merge_facts", pass, cancellationToken);
        totals = await RejectAsync(connection, pass, totals with { Known = repeats.Known }, cancellationToken);
        totals = await ClassifyAsync(totals, cancellationToken);
        await BatchSql.ExecuteAsync(connection, "quarantine", pass, cancellationToken);
        await BatchSql.ExecuteAsync(connection, "findings", pass, cancellationToken);
        return await AggregateAsync(connection, pass, totals, "merge_aggregates", cancellationToken);
    }

    /// <summary>What became of the rows in the stage that failed no check.</summary>
    private async Task<PassTotals> ClassifyAsync(PassTotals totals, CancellationToken cancellationToken)
    {
        await using var classify = BatchSql.Command(connection, "classify", pass);
        await using var reader = await classify.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var tally = new Tally(reader.GetInt64(1), reader.GetDecimal(2));
            totals = reader.GetString(0) switch
            {
                "loaded" => totals with { Loaded = totals.Loaded + tally },
                "known" => totals with { Known = totals.Known + tally },
                "quarantined" => totals with { Quarantined = totals.Quarantined + tally },
                _ => totals,    // Neither loaded nor found: the books do not balance, which the checks will say.
            };
        }

        return totals;
    }

    public override async ValueTask DisposeAsync()
    {
        if (stage is not null)
            await stage.DisposeAsync();
    }
}
