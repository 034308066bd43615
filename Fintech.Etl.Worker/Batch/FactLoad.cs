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
        NpgsqlConnection connection, PassContext pass, PassTotals totals, string statement, CancellationToken cancellationToken)
    {
        await using var aggregates = BatchSql.Command(connection, statement, pass);
        await using var growth = await aggregates.ExecuteReaderAsync(cancellationToken);
        await growth.ReadAsync(cancellationToken);
        totals = totals with
        {
            CategoriesGrew = new Tally(growth.GetInt64(0), growth.GetDecimal(1)),
            MinutesGrew = new Tally(growth.GetInt64(2), growth.GetDecimal(3)),
        };
        while (await growth.NextResultAsync(cancellationToken))
        {
            // Errors of the statements after the first result arrive here.
        }

        return totals;
    }

    /// <summary>Collects the rows that failed a check, which are in the stage whichever way the others went.</summary>
    protected static async Task<PassTotals> RejectAsync(
        NpgsqlConnection connection, PassContext pass, PassTotals totals, CancellationToken cancellationToken)
    {
        await using var reject = BatchSql.Command(connection, "reject", pass);
        await using var reader = await reject.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return totals with { Quarantined = totals.Quarantined + new Tally(reader.GetInt64(0), reader.GetDecimal(1)) };
    }
}
