using Npgsql;

namespace Fintech.Dashboard.Live.Filters;

/// <summary>
/// Reads one filter after another, beside the frames and never in their way. Each at most once a second or ten times its own cost, and
/// all together at most a fifth of the time: however many filters there are and however heavy, they cost the warehouse a fifth of a core.
/// </summary>
internal sealed partial class FilterService(
    LiveBoard board, FilterBook book, FilterReader reader, LiveMetrics metrics, TimeProvider time, ILogger<FilterService> logger) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private bool away;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var now = time.GetUtcNow();
            book.Want(board.Collect().Views, now);
            var rest = Tick;
            if (book.Due(now) is { } entry)
            {
                var began = time.GetTimestamp();
                var more = await RefreshAsync(entry, now, stoppingToken);
                var cost = time.GetElapsedTime(began);
                metrics.FilterDuration.Record(cost.TotalSeconds);
                entry.DueAt = time.GetUtcNow() + (more ? Tick : Pace > 10 * cost ? Pace : 10 * cost);
                rest = 4 * cost > Tick ? 4 * cost : Tick;
            }

            await Task.Delay(rest, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>Whether there is more to read at once.</returns>
    private async Task<bool> RefreshAsync(FilterEntry entry, DateTimeOffset now, CancellationToken stoppingToken)
    {
        string? fault = null;
        var more = false;
        if (!entry.Filter.IsNone)
            fault = await TryAsync("transactions and alerts", () => reader.ReadRowsAsync(entry, now, stoppingToken), stoppingToken);
        more = fault is not null && entry.ReachLess();
        fault ??= await TryAsync("figures", async () => more = await reader.ReadMinutesAsync(entry, entry.Horizon(now), now, stoppingToken), stoppingToken);
        if (fault is null)
            away = false;

        var (minutes, since) = entry.Minutes.Known(entry.Horizon(now), now);
        entry.Reading = new FilterReading(
            fault is null ? now : entry.Reading?.At ?? now, since, minutes, entry.Rate.PerSecond, entry.Rows.Alerts, entry.Rows.Latest, fault);
        return more;
    }

    private async Task<string?> TryAsync(string what, Func<Task> read, CancellationToken stoppingToken)
    {
        try
        {
            await read();
            return null;
        }
        catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
        {
            if (!away)
                LogNotRead(logger, what, fault);
            away = true;
            return fault is PostgresException { SqlState: PostgresErrorCodes.QueryCanceled }
                ? $"The {what} for this filter take the warehouse longer than 3 s to find and are left out: add a filter, or choose a shorter window."
                : $"The {what} for this filter cannot be read at the moment.";
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The {What} for a filter could not be read; the page says so, and it is tried again")]
    private static partial void LogNotRead(ILogger logger, string what, Exception fault);
}
