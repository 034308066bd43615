using Fintech.Contracts;
using StackExchange.Redis;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>What Redis says of a stream.</summary>
/// <param name="Added">Over the stream's lifetime.</param>
/// <param name="Epoch">Null where nobody has marked the stream yet, or it is not there.</param>
internal readonly record struct StreamState(long Added, long Length, EntryId LastGenerated, string? Epoch)
{
    /// <summary>Entries that have left the stream.</summary>
    public long Gone => Added - Length;
}

/// <summary>
/// A transaction stream as Redis holds it. Its epoch is the name of a consumer group without consumers: it lives in the stream's
/// own key, so it is persisted, copied and, above all, gone with it, where a key beside the stream could outlive it.
/// </summary>
internal sealed class RedisStream(int partition, IConnectionMultiplexer redis)
{
    private const string EpochPrefix = "epoch:";
    private const int LargestPage = 1000;

    public string Name { get; } = StreamNames.Transactions(partition);

    private IDatabase Database => redis.GetDatabase();

    /// <param name="withEpoch">A second question, which the look every second does without.</param>
    public async Task<StreamState> LookAsync(bool withEpoch, CancellationToken cancellationToken)
    {
        try
        {
            var info = await Database.StreamInfoAsync(Name).WaitAsync(cancellationToken);
            if (info.EntriesAdded < info.Length)
                throw new InvalidOperationException("This Redis does not count the entries added to a stream: Redis 7 is needed.");

            var epoch = withEpoch && info.ConsumerGroupCount > 0 ? await EpochAsync(cancellationToken) : null;
            return new(info.EntriesAdded, info.Length, EntryId.Parse((string)info.LastGeneratedId!), epoch);
        }
        catch (RedisServerException e) when (e.Message.Contains("no such key", StringComparison.OrdinalIgnoreCase))
        {
            return default;    // Nobody has added to it yet.
        }
    }

    /// <returns>The name the stream is marked with from now on, for example <c>epoch:0197f2…</c>.</returns>
    public async Task<string> MarkAsync(CancellationToken cancellationToken)
    {
        var epoch = $"{EpochPrefix}{Guid.NewGuid():n}";
        await Database.StreamCreateConsumerGroupAsync(Name, epoch, StreamPosition.NewMessages, createStream: true).WaitAsync(cancellationToken);
        return epoch;
    }

    public async Task<bool> HoldsAsync(EntryId entry, CancellationToken cancellationToken) =>
        (await Database.StreamRangeAsync(Name, entry.ToString(), entry.ToString(), 1).WaitAsync(cancellationToken)).Length > 0;

    public async Task<long> CountAsync(EntryId above, EntryId upTo, CancellationToken cancellationToken)
    {
        // There is no counting without reading.
        var (count, size) = (0L, new ReadSize(LargestPage));
        while (above < upTo)
        {
            var asked = size.Next;
            var page = await Database.StreamRangeAsync(Name, above.Next.ToString(), upTo.ToString(), asked).WaitAsync(cancellationToken);
            count += page.Length;
            if (page.Length < asked)
                break;
            size.Read(page);
            above = EntryId.Parse((string)page[^1].Id!);
        }

        return count;
    }

    public Task TrimAsync(EntryId upTo, CancellationToken cancellationToken) =>
        Database.StreamTrimByMinIdAsync(Name, upTo.Next.ToString()).WaitAsync(cancellationToken);

    private async Task<string?> EpochAsync(CancellationToken cancellationToken) =>
        (await Database.StreamGroupInfoAsync(Name).WaitAsync(cancellationToken))
            .Select(group => group.Name)
            .FirstOrDefault(name => name.StartsWith(EpochPrefix, StringComparison.Ordinal));
}
