using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>A table that is empty and that nobody works with can be loaded without its keys and indexes, which are then built.</summary>
internal static class EmptyTable
{
    private const string LockNotAvailable = "55P03";
    private const string DeadlockDetected = "40P01";

    /// <summary>
    /// Runs a file of <c>Batch/Sql</c> that takes the table for this pass alone, until its transaction ends, drops keys and indexes,
    /// and yields whether the table is fit for that.
    /// </summary>
    /// <returns>False where it is in use, or not empty; then nothing was changed.</returns>
    public static async Task<bool> TryTakeAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, PassContext pass, string name, CancellationToken cancellationToken)
    {
        if (pass.Request.DryRun)
            return false;   // It keeps nobody waiting.

        await transaction.SaveAsync(name, cancellationToken);
        try
        {
            await using var begin = BatchSql.Command(connection, name, pass);
            begin.Parameters.Add(new("most_members", MemberKeys.Most));
            if (await begin.ExecuteScalarAsync(cancellationToken) is true)
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
    }
}
