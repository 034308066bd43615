using System.Globalization;
using System.Text.Json;
using Fintech.Contracts;
using StackExchange.Redis;

namespace Fintech.Dashboard.Live.Feed;

/// <summary>
/// Listens for the bell. After a start it reads the last five minutes again, so that a restart shows the same points and the
/// same newest transactions; from then on what is added.
/// </summary>
internal sealed partial class FeedReader(IConnectionMultiplexer redis, TimeProvider time, ILogger<FeedReader> logger)
{
    private const int PageSize = 500;

    private RedisValue? position;

    /// <returns>How many entries were new.</returns>
    /// <exception cref="RedisException">Redis cannot be read; the next call goes on from the same place.</exception>
    public async Task<int> ReadAsync(FeedSample sample, CancellationToken cancellationToken)
    {
        var database = redis.GetDatabase();

        // An entry id without its sequence number, for example "1767225600000", is the first of its millisecond.
        position ??= (time.GetUtcNow() - PointRing.Span).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);

        var count = 0;
        StreamEntry[] page;
        do
        {
            page = await database.StreamReadAsync(StreamNames.Feed, position.Value, PageSize).WaitAsync(cancellationToken);
            foreach (var entry in page)
            {
                // First, so that an entry that cannot be used is not met for ever.
                position = entry.Id;
                if (Parse(entry) is { } bell)
                    sample.Add(bell);
                count++;
            }
        }
        while (page.Length == PageSize);

        return count;
    }

    private FeedEntry? Parse(StreamEntry entry)
    {
        try
        {
            var payload = (byte[]?)entry[StreamNames.PayloadField];
            return payload is null ? null : JsonSerializer.Deserialize(payload, ContractsJson.Default.FeedEntry);
        }
        catch (JsonException fault)
        {
            // It is still a bell, and the numbers are read from the warehouse anyway.
            LogUnreadable(logger, entry.Id.ToString(), fault.Message);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Feed entry {Entry} cannot be read, its sample is not shown: {Reason}")]
    private static partial void LogUnreadable(ILogger logger, string entry, string reason);
}
