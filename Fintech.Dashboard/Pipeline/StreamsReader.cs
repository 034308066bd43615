using Fintech.Contracts;
using Npgsql;
using StackExchange.Redis;

namespace Fintech.Dashboard.Pipeline;

/// <summary>Every partition as it stands: its checkpoint in the warehouse beside its stream in Redis.</summary>
internal sealed class StreamsReader(NpgsqlDataSource warehouse, IConnectionMultiplexer redis, IConfiguration configuration, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    /// <summary>The rate is that of the last so many seconds, as far as somebody looked.</summary>
    private static readonly TimeSpan RateOver = TimeSpan.FromSeconds(10);

    /// <summary>The worker's setting; a stream beyond it that has a checkpoint is shown as well.</summary>
    private readonly int partitions = configuration.GetValue("Stream:Partitions", Partitioner.DefaultPartitions);

    private readonly Shared<Streams> streams = new(Fresh);
    private readonly Queue<(DateTimeOffset At, Dictionary<string, long> Read)> seen = [];

    private sealed record Checkpoint(string Stream, string LastEntry, long EntriesRead, string? Owner, DateTimeOffset? UpdatedAt, string? Epoch);

    private sealed record InRedis(long Length, long Added, string? OldestUnread);

    public Task<Streams> ReadAsync(CancellationToken cancellationToken) => streams.GetAsync(LookAsync, cancellationToken);

    private async Task<Streams> LookAsync(CancellationToken cancellationToken)
    {
        // Checkpoints first: what is committed in between then looks like lag for a moment, never the other way round.
        var checkpoints = await CheckpointsAsync(cancellationToken);
        var now = time.GetUtcNow();
        var rates = Rates(checkpoints, now);
        try
        {
            var found = await Task.WhenAll(checkpoints.Select(LookAsync)).WaitAsync(cancellationToken);
            return new(now, [.. checkpoints.Zip(found, (checkpoint, state) => Of(checkpoint, state, rates, now))], null);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            return new(now, [.. checkpoints.Select(checkpoint => Of(checkpoint, null, rates, now))], "Redis does not answer; the committed positions are those of the warehouse.");
        }
    }

    private static Partition Of(Checkpoint checkpoint, InRedis? state, Dictionary<string, double> rates, DateTimeOffset now) => new(
        checkpoint.Stream, checkpoint.LastEntry, checkpoint.EntriesRead, checkpoint.Owner, checkpoint.UpdatedAt, checkpoint.Epoch,
        state?.Length, state?.Added,
        state is null ? null : state.OldestUnread is null ? 0 : Math.Max(1, state.Added - checkpoint.EntriesRead),
        state is null ? null : state.OldestUnread is { } oldest ? Age(oldest, now) : 0,
        rates.TryGetValue(checkpoint.Stream, out var rate) ? rate : null);

    /// <summary>An id begins with the milliseconds at which Redis took the entry, unless a producer chose another one: then nobody knows.</summary>
    private static double? Age(string entry, DateTimeOffset now) =>
        long.TryParse(entry.AsSpan(0, entry.IndexOf('-')), out var milliseconds) && now.ToUnixTimeMilliseconds() - milliseconds is >= 0 and < 10L * 365 * 86_400_000 and var age
            ? age / 1_000.0
            : null;

    private Dictionary<string, double> Rates(List<Checkpoint> checkpoints, DateTimeOffset now)
    {
        while (seen.Count > 1 && now - seen.Peek().At > RateOver)
            seen.Dequeue();
        seen.Enqueue((now, checkpoints.ToDictionary(checkpoint => checkpoint.Stream, checkpoint => checkpoint.EntriesRead, StringComparer.Ordinal)));
        var (at, read) = seen.Peek();
        var seconds = (now - at).TotalSeconds;
        return seconds < 0.5 || seconds > 3 * RateOver.TotalSeconds
            ? []
            : checkpoints.Where(checkpoint => read.ContainsKey(checkpoint.Stream)).ToDictionary(
                checkpoint => checkpoint.Stream, checkpoint => Math.Max(0, checkpoint.EntriesRead - read[checkpoint.Stream]) / seconds, StringComparer.Ordinal);
    }

    private async Task<InRedis> LookAsync(Checkpoint checkpoint)
    {
        var database = redis.GetDatabase();
        var unread = database.StreamRangeAsync(checkpoint.Stream, $"({checkpoint.LastEntry}", "+", count: 1);
        try
        {
            var info = await database.StreamInfoAsync(checkpoint.Stream);
            return new(info.Length, info.EntriesAdded, await unread is [var first, ..] ? first.Id.ToString() : null);
        }
        catch (RedisServerException e) when (e.Message.Contains("no such key", StringComparison.OrdinalIgnoreCase))
        {
            await unread;
            return new(0, 0, null);
        }
    }

    private async Task<List<Checkpoint>> CheckpointsAsync(CancellationToken cancellationToken)
    {
        await using var command = warehouse.CreateCommand("select stream, last_entry, entries_read, owner, updated_at, epoch from etl.stream_checkpoint");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var known = await reader.RowsAsync(row => new Checkpoint(
            row.GetString(0), row.GetString(1), row.GetInt64(2), row.Text(3), row.Time(4), row.Text(5)), cancellationToken);
        var without = Enumerable.Range(0, partitions).Select(StreamNames.Transactions).Except(known.Select(checkpoint => checkpoint.Stream), StringComparer.Ordinal);
        return [.. known.Concat(without.Select(stream => new Checkpoint(stream, "0-0", 0, null, null, null))).OrderBy(checkpoint => checkpoint.Stream.Length).ThenBy(checkpoint => checkpoint.Stream, StringComparer.Ordinal)];
    }
}
