using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>A table that is empty and that nobody works with can be loaded without its keys and indexes, which are then built.</summary>
internal static class EmptyTable
{
    private const string LockNotAvailable = "55P03";
    private const string DeadlockDetected = "40P01";

    /// <summary>
    /// Takes the table for this pass alone, until its transaction ends, and drops keys and indexes, where a file of <c>Batch/Sql</c>
    /// says that it is fit for that: asked before anybody has to wait for the lock, and again under it.
    /// </summary>
    /// <returns>False where it is in use, or not empty; then nothing was changed.</returns>
    public static async Task<bool> TryTakeAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, PassContext pass, string name, CancellationToken cancellationToken)
    {
        if (pass.Request.DryRun || !await IsFitAsync())
            return false;   // A dry run keeps nobody waiting.

        await transaction.SaveAsync(name, cancellationToken);
        try
        {
            await BatchSql.ExecuteAsync(connection, $"{name}_lock", pass, cancellationToken);
            if (await IsFitAsync())
            {
                await BatchSql.ExecuteAsync(connection, $"{name}_drop", pass, cancellationToken);
                return true;
            }
        }
        catch (PostgresException e) when (e.SqlState is LockNotAvailable or DeadlockDetected)
        {
            // Somebody works with it: no reason to make them wait.
        }

        await transaction.RollbackAsync(name, cancellationToken);
        return false;

        async Task<bool> IsFitAsync()
        {
            await using var look = BatchSql.Command(connection, name, pass);
            look.Parameters.Add(new("most_members", MemberKeys.Most));
            look.Parameters.Add(new("most_categories", MinuteSums.MostCategories));
            return await look.ExecuteScalarAsync(cancellationToken) is true;
        }
    }
}
