using Npgsql;

namespace Fintech.Dashboard.Live;

/// <summary>Appends the times of <see cref="ShownAlerts"/> to <c>dw.alert_shown</c>, beside the readings, so that no frame waits for it.</summary>
internal sealed partial class ShownWriter(ShownAlerts shown, NpgsqlDataSource warehouse, TimeProvider time, ILogger<ShownWriter> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(2);

    private bool away;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await TryAsync(stoppingToken);
            await Task.Delay(Interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        using var deadline = new CancellationTokenSource(LastPatience, time);
        await TryAsync(deadline.Token);
    }

    private async Task TryAsync(CancellationToken cancellationToken)
    {
        var taken = shown.Take();
        if (taken.Count == 0)
            return;

        try
        {
            await WriteAsync(taken, cancellationToken);
            away = false;
        }
        catch (Exception e)
        {
            shown.GiveBack(taken);
            if (!away && !cancellationToken.IsCancellationRequested)
                LogNotWritten(logger, e);
            away = true;
        }
    }

    private async Task WriteAsync(IReadOnlyList<ShownAlert> taken, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands = { new(WarehouseConnection.AllowWrites), Insert(taken) },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>The first time stays, also that of another replica. Sorted, so that two replicas wait for each other in one order.</summary>
    private static NpgsqlBatchCommand Insert(IReadOnlyList<ShownAlert> taken) => new("""
        insert into dw.alert_shown (transaction_id, source_system, shown_at)
        select * from unnest($1::text[], $2::text[], $3::timestamptz[]) as seen (transaction_id, source_system, shown_at)
        order by transaction_id collate "C", source_system collate "C"
        on conflict (transaction_id, source_system) do nothing
        """)
    {
        Parameters =
        {
            new NpgsqlParameter<string[]> { TypedValue = [.. taken.Select(alert => alert.TransactionId)] },
            new NpgsqlParameter<string[]> { TypedValue = [.. taken.Select(alert => alert.SourceSystem)] },
            new NpgsqlParameter<DateTime[]> { TypedValue = [.. taken.Select(alert => alert.At.UtcDateTime)] },
        },
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "When alerts were shown cannot be written down; it is tried again")]
    private static partial void LogNotWritten(ILogger logger, Exception exception);
}
