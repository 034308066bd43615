using Fintech.Contracts;
using Fintech.Dashboard.Live.Warehouse;
using StackExchange.Redis;

namespace Fintech.Dashboard.Live.Feed;

/// <summary>How many entries were added to the transaction streams but are not in the warehouse yet.</summary>
internal sealed class StreamLag(IConnectionMultiplexer redis, IConfiguration configuration)
{
    /// <summary>The worker's setting; a stream beyond it that has a checkpoint is counted as well.</summary>
    private readonly int partitions = configuration.GetValue("Stream:Partitions", Partitioner.DefaultPartitions);

    /// <summary>
    /// Entries ever added, per stream. Read it before the checkpoints, or what was added in between would look like lag that is
    /// not there.
    /// </summary>
    /// <exception cref="RedisException">Redis cannot be read.</exception>
    public async Task<IReadOnlyDictionary<string, long>> EntriesAddedAsync(IEnumerable<Checkpoint> checkpoints, CancellationToken cancellationToken)
    {
        var database = redis.GetDatabase();
        string[] streams =
        [
            .. Enumerable.Range(0, partitions).Select(StreamNames.Transactions).Union(checkpoints.Select(checkpoint => checkpoint.Stream)),
        ];
        var added = await Task.WhenAll(streams.Select(stream => EntriesAddedAsync(database, stream))).WaitAsync(cancellationToken);
        return streams.Zip(added).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
    }

    public static long Of(IReadOnlyDictionary<string, long> added, IReadOnlyList<Checkpoint> checkpoints)
    {
        var read = checkpoints.ToDictionary(checkpoint => checkpoint.Stream, checkpoint => checkpoint.EntriesRead, StringComparer.Ordinal);
        return added.Sum(stream => Math.Max(0, stream.Value - read.GetValueOrDefault(stream.Key)));
    }

    private static async Task<long> EntriesAddedAsync(IDatabase database, string stream)
    {
        try
        {
            return (await database.StreamInfoAsync(stream)).EntriesAdded;
        }
        catch (RedisServerException fault) when (fault.Message.Contains("no such key", StringComparison.OrdinalIgnoreCase))
        {
            return 0;
        }
    }
}
