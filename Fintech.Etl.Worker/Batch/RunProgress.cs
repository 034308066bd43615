using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// Writes how far a pass is into its row of <c>etl.run</c> while it runs, for the page. On a connection of its own, because the
/// pass is one transaction and nobody sees what that writes. A short pass writes nothing.
/// </summary>
internal sealed partial class RunProgress(NpgsqlDataSource warehouse, PassReport report, TimeProvider time, ILogger logger)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Until cancelled. A failure is no reason for the pass to fail: it is told once, and progress is not shown.</summary>
    public async Task RunAsync(CancellationToken ended)
    {
        try
        {
            using var timer = new PeriodicTimer(Interval, time);
            while (await timer.WaitForNextTickAsync(ended))
                await WriteAsync(ended);
        }
        catch (Exception) when (ended.IsCancellationRequested)
        {
            // The pass has ended, and writes its row itself.
        }
        catch (NpgsqlException e)
        {
            LogNotWritten(logger, report.RunId, e);
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        var (read, expected) = (report.RowsRead, report.RowsExpected);

        // Only while running: the pass may close its row while this waits for it.
        await using var write = warehouse.CreateCommand(
            "update etl.run set rows_read = $2, rows_expected = $3 where run_id = $1 and status = 'running'");
        write.Parameters.Add(new NpgsqlParameter<long> { TypedValue = report.RunId });
        write.Parameters.Add(new NpgsqlParameter<long> { TypedValue = read });
        write.Parameters.Add(new NpgsqlParameter<long?> { TypedValue = expected == 0 ? null : expected });
        await write.ExecuteNonQueryAsync(cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "How far run {RunId} is could not be written; the page will not show it, the run goes on")]
    private static partial void LogNotWritten(ILogger logger, long runId, Exception fault);
}
