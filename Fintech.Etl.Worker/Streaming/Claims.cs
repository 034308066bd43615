using Npgsql;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>A batch whose keys are claimed, in a transaction that waits for what else belongs to it.</summary>
/// <param name="Next">The checkpoint as it will be.</param>
/// <param name="New">The rows that are new to the warehouse, in the order of their entries.</param>
internal sealed record ClaimedBatch(BatchTransaction Transaction, Checkpoint Next, List<ClaimedTransaction> New) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Transaction.DisposeAsync();
}

/// <summary>
/// Claims the keys of a partition's batches. Nearly always every key is new and every member remembered: then the rows are copied
/// straight into the fact table, whose key is the arbiter. Where it objects, the same batch goes by way of the claiming insert, which
/// sorts out what is new; and so does the next one, until a batch has nothing known in it.
/// </summary>
internal sealed class Claims(NpgsqlConnection connection, int partition, long loadId)
{
    private readonly CurrentMembers members = new(connection);
    private bool expectsKnown;

    /// <param name="erased">Of the erasures known when the entries were read.</param>
    /// <exception cref="FencedException">Another owner moved the checkpoint meanwhile, or a customer was erased.</exception>
    public async Task<ClaimedBatch> ClaimAsync(Checkpoint from, MicroBatch batch, long erased, CancellationToken cancellationToken)
    {
        var rows = await members.FindAsync(batch.Firsts.Values, erased, cancellationToken);
        if (rows is not null && !expectsKnown)
        {
            try
            {
                return await ClaimAsync(from, batch, erased, rows, cancellationToken);
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DeadlockDetected)
            {
                // Rolled back, fence and all. A deadlock is two writers with the same keys in another order: the insert sorts them.
            }
        }

        return await ClaimAsync(from, batch, erased, null, cancellationToken);
    }

    /// <param name="rows">To be copied; null where the insert has to find out what is new.</param>
    private async Task<ClaimedBatch> ClaimAsync(
        Checkpoint from, MicroBatch batch, long erased, List<ClaimedTransaction>? rows, CancellationToken cancellationToken)
    {
        var transaction = await BatchTransaction.BeginAsync(connection, partition, loadId, cancellationToken);
        try
        {
            var (next, generation) = await transaction.FenceAsync(from, batch, erased, cancellationToken);
            if (rows is not null && generation == members.Generation)
            {
                await transaction.CopyAsync(from.Stream, rows, cancellationToken);
                return new(transaction, next, rows);
            }

            // The insert joins with the members that are current now.
            if (generation != members.Generation)
                members.Forget();
            var claimed = await transaction.InsertAsync(from.Stream, batch, cancellationToken);
            expectsKnown = claimed.Count < batch.Firsts.Count;
            return new(transaction, next, claimed);
        }
        catch
        {
            await transaction.DisposeAsync();
            throw;
        }
    }
}
