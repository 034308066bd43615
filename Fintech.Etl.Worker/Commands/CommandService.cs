using System.Text.Json.Nodes;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Warehouse;
using Npgsql;

namespace Fintech.Etl.Worker.Commands;

/// <summary>
/// Executes what the dashboard asks for in <c>etl.command</c>: one after the other, by one worker at a time, answered and audited. What a
/// worker was at when it died is answered as failed and not begun again: whoever asked decides, knowing that.
/// </summary>
internal sealed partial class CommandService(
    CommandBook book, CommandExecutor executor, WarehouseReady ready, NpgsqlDataSource warehouse, TimeProvider time, ILogger<CommandService> logger)
    : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(10);
    /// <summary>The answer is also written when the worker is asked to stop.</summary>
    private static readonly TimeSpan PatienceWithBooks = TimeSpan.FromSeconds(5);

    /// <summary>How long a command waits for a pass to end.</summary>
    private static readonly TimeSpan PatienceWithPass = TimeSpan.FromMinutes(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ready.WaitAsync(stoppingToken);
        while (true)
        {
            var pause = Look;
            try
            {
                if (await book.AnyAsync(stoppingToken))
                    await WorkAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                pause = AfterFailure;
                LogAway(logger, e);
            }

            await Task.Delay(pause, time, stoppingToken);
        }
    }

    /// <returns>How many were answered; none where another worker is at it.</returns>
    internal async Task<int> WorkAsync(CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        if (!await CommandBook.TryLockAsync(connection, cancellationToken))
            return 0;

        try
        {
            var answered = 0;
            foreach (var abandoned in await book.AbandonedAsync(cancellationToken))
            {
                await FinishAsync(abandoned, CommandAnswer.Failed("The worker ended before the command did. What was not committed by then was rolled back; ask again if it is still wanted."));
                answered++;
            }

            while (await book.TakeAsync(cancellationToken) is { } command)
            {
                LogBegins(logger, command.Id, command.Name);
                await FinishAsync(command, await ExecuteAsync(command, cancellationToken));
                answered++;
                cancellationToken.ThrowIfCancellationRequested();
            }

            return answered;
        }
        finally
        {
            await CommandBook.UnlockAsync(connection);
        }
    }

    private async Task<CommandAnswer> ExecuteAsync(RequestedCommand command, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var report = new PassReport { Doing = "beginning" };
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var telling = TellAsync(command.Id, report, ended.Token);
            try
            {
                return await executor.ExecuteAsync(command, report, cancellationToken);
            }
            catch (BatchBusyException e)
            {
                if (time.GetElapsedTime(began) >= PatienceWithPass)
                    return CommandAnswer.Failed(e.Message);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return CommandAnswer.Failed("The worker was asked to stop meanwhile. What was not committed by then was rolled back; ask again if it is still wanted.");
            }
            catch (Exception e)
            {
                // What it says may quote a row.
                LogFailed(logger, command.Id, BatchException.Harmless(e), e.StackTrace);
                return CommandAnswer.Failed(BatchException.While($"executing '{command.Name}'", e).Message);
            }
            finally
            {
                await ended.CancelAsync();
                await telling;
            }

            await book.ProgressAsync(command.Id, new JsonObject { ["doing"] = "waiting for another pass to end" }, cancellationToken);
            await Task.Delay(Look, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Once a second, from beside.</summary>
    private async Task TellAsync(long id, PassReport report, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Look, time, cancellationToken);
                await book.ProgressAsync(
                    id, new JsonObject { ["doing"] = report.Doing, ["rows"] = report.RowsRead, ["of"] = report.RowsExpected }, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // It is done.
        }
        catch (Exception e)
        {
            LogAway(logger, e);     // Progress is a courtesy; the answer is not given up for it.
        }
    }

    private async Task FinishAsync(RequestedCommand command, CommandAnswer answer)
    {
        using var patience = new CancellationTokenSource(PatienceWithBooks, time);
        if (await book.FinishAsync(command, answer, patience.Token))
            LogDone(logger, command.Id, command.Name, answer.Succeeded, $"{answer.Content["message"]}");
        else
            LogAnswered(logger, command.Id);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Command {Command} begins: {Name}")]
    private static partial void LogBegins(ILogger logger, long command, string name);

    [LoggerMessage(Level = LogLevel.Information, Message = "Command {Command} ({Name}) is answered, succeeded: {Succeeded}. {Answer}")]
    private static partial void LogDone(ILogger logger, long command, string name, bool succeeded, string answer);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Command {Command} was answered already: another worker took this one for gone")]
    private static partial void LogAnswered(ILogger logger, long command);

    [LoggerMessage(Level = LogLevel.Error, Message = "Command {Command} failed. {Reason} {Stack}")]
    private static partial void LogFailed(ILogger logger, long command, string reason, string? stack);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The commands in etl.command cannot be worked on; they are tried again")]
    private static partial void LogAway(ILogger logger, Exception exception);
}
