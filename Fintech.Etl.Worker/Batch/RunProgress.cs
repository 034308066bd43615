using Npgsql;

namespace Fintech.Etl.Worker.Batch;

/// <summary>
/// Tells in <c>etl.run_progress</c> how far a pass is, once a second and from beside, on a connection of its own. A courtesy: what cannot be told
/// never stops the pass. Only the holder of the pass lock tells, so whatever stands there before belongs to a process that is gone.
/// </summary>
internal sealed partial class RunProgress : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource ended = new();
    private readonly NpgsqlDataSource warehouse;
    private readonly PassReport report;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly Task telling;

    public RunProgress(NpgsqlDataSource warehouse, PassReport report, TimeProvider time, ILogger logger)
    {
        (this.warehouse, this.report, this.time, this.logger) = (warehouse, report, time, logger);
        telling = TellAsync();
    }

    private async Task TellAsync()
    {
        var told = false;
        try
        {
            while (true)
            {
                await Task.Delay(Interval, time, ended.Token);
                await WriteAsync(ended.Token);
                told = true;
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The pass is over.
        }
        catch (Exception e)
        {
            LogNotTold(logger, report.RunId, BatchException.Harmless(e));
        }

        if (told)
            await ClearAsync();
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        await using var write = warehouse.CreateCommand("""
            with others as (delete from etl.run_progress where run_id <> $1)
            insert into etl.run_progress (run_id, doing, rows, of) values ($1, $2, $3, $4)
            on conflict (run_id) do update set doing = excluded.doing, rows = excluded.rows, of = excluded.of, at = clock_timestamp()
            """);
        write.Parameters.Add(new() { Value = report.RunId });
        write.Parameters.Add(new() { Value = report.Doing });
        write.Parameters.Add(new() { Value = report.RowsRead });
        write.Parameters.Add(new() { Value = report.RowsExpected });
        await write.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task ClearAsync()
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        try
        {
            await using var clear = warehouse.CreateCommand("delete from etl.run_progress where run_id = $1");
            clear.Parameters.Add(new() { Value = report.RunId });
            await clear.ExecuteNonQueryAsync(deadline.Token);
        }
        catch (Exception e)
        {
            LogNotTold(logger, report.RunId, BatchException.Harmless(e));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        await telling;
        ended.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "How far run {RunId} is cannot be told: {Reason}")]
    private static partial void LogNotTold(ILogger logger, long runId, string reason);
}
