using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// Takes the transactions of a pass chunk by chunk and makes facts of them: straight into an empty fact table, or by way of a
/// stage into one that is in use. Both leave the same warehouse, quarantine, findings and books.
/// </summary>
internal abstract class FactLoad : IAsyncDisposable
{
    public abstract string Name { get; }

    /// <summary>Rows in ascending order of their ids.</summary>
    public abstract Task AddAsync(ArraySegment<TransactionRow> rows, CancellationToken cancellationToken);

    /// <summary>The totals as the warehouse counts them, from the rows it now holds.</summary>
    public abstract Task<PassTotals> CompleteAsync(PassTotals totals, CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();

    /// <summary>Aggregates from <c>loaded_minute</c>, which the load has filled.</summary>
    protected static async Task<PassTotals> AggregateAsync(
        NpgsqlConnection connection, PassContext pass, PassTotals totals, CancellationToken cancellationToken)
    {
        await using var aggregates = BatchSql.Command(connection, "merge_aggregates", pass);
        await using var growth = await aggregates.ExecuteReaderAsync(cancellationToken);
        await growth.ReadAsync(cancellationToken);
        return totals with
        {
            CategoriesGrew = new Tally(growth.GetInt64(0), growth.GetDecimal(1)),
            MinutesGrew = new Tally(growth.GetInt64(2), growth.GetDecimal(3)),
        };
    }

    /// <summary>Moves what was rejected into the quarantine, and tells what became of every row in the stage.</summary>
    protected static async Task<PassTotals> ClassifyAsync(
        NpgsqlConnection connection, PassContext pass, PassTotals totals, CancellationToken cancellationToken)
    {
        totals = await CountAsync(connection, pass, totals, cancellationToken);
        await BatchSql.ExecuteAsync(connection, "quarantine", pass, cancellationToken);
        return totals;
    }

    /// <summary>Tells what became of every row in the stage, and gathers the rejected ones in <c>rejected</c>.</summary>
    protected static async Task<PassTotals> CountAsync(
        NpgsqlConnection connection, PassContext pass, PassTotals totals, CancellationToken cancellationToken)
    {
        await using (var classify = BatchSql.Command(connection, "classify", pass))
        await using (var reader = await classify.ExecuteReaderAsync(cancellationToken))
        {
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
        }

        return totals;
    }
}
