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

    public override async Task CompleteAsync(PassBooks books, CancellationToken cancellationToken)
    {
        if (stage is not null)
            await stage.CompleteAsync(cancellationToken);
        books.Enter(repeats.Known, (page, tally) => page with { Known = page.Known + tally });
        await TakeReplayedAsync(books, cancellationToken);
        await MergeAsync(connection, pass, books, cancellationToken);
        await BatchSql.ExecuteAsync(connection, "quarantine", pass, cancellationToken);
    }

    public override Task SettleAsync(CancellationToken cancellationToken) => SettleAsync(connection, pass, "settle", cancellationToken);

    /// <summary>Makes facts of what is in the stage, whoever staged it; what does not become one is left in <c>rejected</c>.</summary>
    public static async Task MergeAsync(NpgsqlConnection connection, PassContext pass, PassBooks books, CancellationToken cancellationToken)
    {
        await BatchSql.ExecuteAsync(connection, "infer_members", pass, cancellationToken);
        await BatchSql.ExecuteAsync(connection, "merge_facts", pass, cancellationToken);
        await RejectAsync(connection, pass, books, cancellationToken);
        await ClassifyAsync(connection, pass, books, cancellationToken);
        await BatchSql.ExecuteAsync(connection, "findings", pass, cancellationToken);
        await BatchSql.ExecuteAsync(connection, "orphans", pass, cancellationToken);
        await AggregateAsync(connection, pass, "merge_aggregates", books, cancellationToken);
    }

    /// <summary>What became of the rows in the stage that failed no check.</summary>
    private static async Task ClassifyAsync(
        NpgsqlConnection connection, PassContext pass, PassBooks books, CancellationToken cancellationToken)
    {
        await using var classify = BatchSql.Command(connection, "classify", pass);
        await using var reader = await classify.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var (outcome, tally) = (reader.GetString(0), new Tally(reader.GetInt64(2), reader.GetDecimal(3)));
            books.Enter(reader.GetString(1), page => outcome switch
            {
                "loaded" => page with { Loaded = page.Loaded + tally },
                "known" => page with { Known = page.Known + tally },
                "quarantined" => page with { Quarantined = page.Quarantined + tally },
                _ => page,      // Neither loaded nor found: the books do not balance, which the checks will say.
            });
        }
    }

    /// <summary>Rows that became facts by a replay, in whatever form, are known: they leave the stage.</summary>
    private async Task TakeReplayedAsync(PassBooks books, CancellationToken cancellationToken)
    {
        await using var take = BatchSql.Command(connection, "replayed", pass);
        await using var reader = await take.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var tally = new Tally(reader.GetInt64(1), reader.GetDecimal(2));
            books.Enter(PassBooks.PageOf(reader.GetString(0)), page => page with { Known = page.Known + tally });
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (stage is not null)
            await stage.DisposeAsync();
    }
}
