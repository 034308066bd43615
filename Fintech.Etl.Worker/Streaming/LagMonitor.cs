using Fintech.Contracts;
using Fintech.Etl.Worker.Warehouse;
using Microsoft.Extensions.Options;
using Npgsql;
using StackExchange.Redis;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>
/// Measures how far every partition is behind, once a second, from outside: the streams against the committed checkpoints. So it also
/// tells of a partition that nobody owns or whose owner hangs; while the warehouse is away, nothing is committed, and the last known
/// checkpoints hold.
/// </summary>
internal sealed partial class LagMonitor(
    WarehouseReady ready, NpgsqlDataSource warehouse, IConnectionMultiplexer redis, StreamMetrics metrics, LagHealth health,
    IOptions<StreamOptions> options, TimeProvider clock, ILogger<LagMonitor> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<int, (EntryId Entry, long Since)> oldest = [];
    private Dictionary<string, (EntryId Last, long Read)> checkpoints = [];
    private bool away;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ready.WaitAsync(stoppingToken);
        while (true)
        {
            try
            {
                var lags = await MeasureAsync(stoppingToken);
                metrics.Lag(lags);
                health.Take(lags);
                away = false;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (!away)
                    LogNotMeasured(logger, e);
                away = true;
            }

            await Task.Delay(Interval, clock, stoppingToken);
        }
    }

    /// <exception cref="RedisException">Redis cannot be asked.</exception>
    internal async Task<PartitionLag[]> MeasureAsync(CancellationToken cancellationToken)
    {
        // Checkpoints first: what is committed in between then looks like lag for a second, where the other way round entries
        // that wait could look committed.
        checkpoints = await ReadCheckpointsAsync(cancellationToken) ?? checkpoints;
        return await Task.WhenAll(Enumerable.Range(0, options.Value.Partitions).Select(MeasureAsync)).WaitAsync(cancellationToken);
    }

    private async Task<PartitionLag> MeasureAsync(int partition)
    {
        var stream = StreamNames.Transactions(partition);
        var (last, read) = checkpoints.GetValueOrDefault(stream);
        var database = redis.GetDatabase();
        var info = StateAsync(database, stream);
        var waiting = await database.StreamRangeAsync(stream, last.Next.ToString(), "+", count: 1);
        var added = await info;
        lock (oldest)
        {
            if (waiting is not [var first])
            {
                oldest.Remove(partition);
                return new PartitionLag(partition, 0, TimeSpan.Zero);
            }

            return new PartitionLag(partition, Math.Max(1, added - read), Age(partition, EntryId.Parse((string)first.Id!)));
        }
    }

    /// <summary>By the server's clock, from the entry's id. A producer may have chosen an id of its own that is no time: then since it is seen waiting.</summary>
    private TimeSpan Age(int partition, EntryId entry)
    {
        if (!oldest.TryGetValue(partition, out var known) || known.Entry != entry)
            oldest[partition] = known = (entry, clock.GetTimestamp());
        var now = clock.GetUtcNow();
        var seen = clock.GetElapsedTime(known.Since);
        return entry.Milliseconds < (ulong)EventChecks.Earliest.ToUnixTimeMilliseconds() || entry.Milliseconds > (ulong)now.ToUnixTimeMilliseconds()
            ? seen
            : now - DateTimeOffset.FromUnixTimeMilliseconds((long)entry.Milliseconds);
    }

    /// <returns>Entries ever added; of a stream that is not there, none.</returns>
    private static async Task<long> StateAsync(IDatabase database, string stream)
    {
        try
        {
            return (await database.StreamInfoAsync(stream)).EntriesAdded;
        }
        catch (RedisServerException e) when (e.Message.Contains("no such key", StringComparison.OrdinalIgnoreCase))
        {
            return 0;
        }
    }

    /// <returns>Null while the warehouse is away.</returns>
    private async Task<Dictionary<string, (EntryId Last, long Read)>?> ReadCheckpointsAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var read = warehouse.CreateCommand("select stream, last_entry, entries_read from etl.stream_checkpoint");
            read.CommandTimeout = 5;
            await using var reader = await read.ExecuteReaderAsync(cancellationToken);
            var found = new Dictionary<string, (EntryId, long)>(StringComparer.Ordinal);
            while (await reader.ReadAsync(cancellationToken))
                found.Add(reader.GetString(0), (EntryId.Parse(reader.GetString(1)), reader.GetInt64(2)));
            return found;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException && !cancellationToken.IsCancellationRequested)
        {
            return null;    // Whoever writes to it says why, and its own health check that it is away.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lag of the streams cannot be measured")]
    private static partial void LogNotMeasured(ILogger logger, Exception exception);
}
