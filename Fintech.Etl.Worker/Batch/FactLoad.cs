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

    /// <summary>Enters what became of the rows, as the warehouse counts those it now holds.</summary>
    public abstract Task CompleteAsync(PassBooks books, CancellationToken cancellationToken);

    /// <summary>After that: closes what waits in quarantine under the ids of rows that are facts now.</summary>
    public abstract Task SettleAsync(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();

    /// <summary>Aggregates from <c>loaded_minute</c>, which the load has filled.</summary>
    protected static async Task AggregateAsync(
        NpgsqlConnection connection, PassContext pass, string statement, PassBooks books, CancellationToken cancellationToken)
    {
        await using var aggregates = BatchSql.Command(connection, statement, pass);
        await using var growth = await aggregates.ExecuteReaderAsync(cancellationToken);
        while (await growth.ReadAsync(cancellationToken))
        {
            var (isMinutes, tally) = (growth.GetString(0) == "minutes", new Tally(growth.GetInt64(2), growth.GetDecimal(3)));
            books.Enter(growth.GetString(1), page => isMinutes ? page with { MinutesGrew = tally } : page with { CategoriesGrew = tally });
        }

        while (await growth.NextResultAsync(cancellationToken))
        {
            // Errors of the statements after the first result arrive here.
        }
    }

    protected static async Task SettleAsync(NpgsqlConnection connection, PassContext pass, string statement, CancellationToken cancellationToken)
    {
        await using var settle = BatchSql.Command(connection, statement, pass);
        settle.Parameters.Add(new("trigger", pass.Request.Trigger));
        await settle.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Collects the rows that failed a check, which are in the stage whichever way the others went.</summary>
    protected static async Task RejectAsync(NpgsqlConnection connection, PassContext pass, PassBooks books, CancellationToken cancellationToken)
    {
        await using var reject = BatchSql.Command(connection, "reject", pass);
        await using var reader = await reject.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var tally = new Tally(reader.GetInt64(1), reader.GetDecimal(2));
            books.Enter(reader.GetString(0), page => page with { Quarantined = page.Quarantined + tally });
        }
    }
}
