using System.Text.Json;
using System.Threading.Channels;
using Fintech.Contracts;
using Fintech.Producer.Streams;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Fintech.Producer.PubSub;

/// <summary>
/// Between the channel, which cannot be made to wait, and the streams, which can. What does not fit is dropped, counted and logged:
/// Pub/Sub gives nobody a second chance.
/// </summary>
internal sealed partial class PubSubBuffer(IOptions<StreamOptions> streams, PubSubMetrics metrics, TimeProvider time, ILogger<PubSubBuffer> logger)
{
    /// <summary>A transaction has some 200 bytes; what is longer than this is none.</summary>
    public const int LongestMessage = 64 << 10;

    private const int MostMessages = 20_000;
    private const long MostBytes = 16 << 20;
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(10);

    private readonly Channel<OutgoingEntry> entries = Channel.CreateBounded<OutgoingEntry>(new BoundedChannelOptions(MostMessages) { SingleReader = true });
    private long bytes;
    private long dropped;
    private long? logged;

    public ChannelReader<OutgoingEntry> Reader => entries.Reader;

    public void Complete() => entries.Writer.TryComplete();

    /// <summary>Called with one message after another.</summary>
    public void Take(RedisValue message)
    {
        // Not of the contract, too long, or no room: only what is published counts against the bytes.
        if (message.Length() is var length && (length > LongestMessage || Interlocked.Read(ref bytes) + length > MostBytes))
        {
            Drop();
            return;
        }

        var (entry, readable) = EntryOf((byte[])message!);
        if (!entries.Writer.TryWrite(entry))
        {
            Drop();
            return;
        }

        Interlocked.Add(ref bytes, entry.Payload.Length);
        metrics.Count(readable ? "published" : "unreadable");
    }

    /// <summary>Told of an entry that Redis has.</summary>
    public void Published(OutgoingEntry entry) => Interlocked.Add(ref bytes, -entry.Payload.Length);

    /// <summary>What cannot be read has no customer to go by: it goes as it is to the first stream, where the worker keeps it, encrypted, in quarantine.</summary>
    private (OutgoingEntry Entry, bool Readable) EntryOf(byte[] message)
    {
        try
        {
            if (JsonSerializer.Deserialize(message, ContractsJson.Default.TransactionEvent) is { } transaction)
                return (OutgoingEntry.Of(transaction, streams.Value.Partitions), true);
        }
        catch (JsonException)
        {
            // What is wrong with it the worker finds out again, and keeps.
        }

        return (new OutgoingEntry(0, 0, message), false);
    }

    private void Drop()
    {
        metrics.Count("dropped");
        dropped++;
        if (logged is { } last && time.GetElapsedTime(last) < LogInterval)
            return;

        logged = time.GetTimestamp();
        LogDropped(dropped, StreamNames.LegacyChannel);
    }

    [LoggerMessage(LogLevel.Error,
        "{Dropped} messages of the channel {Channel} are lost by now: they were too long, or came faster than the streams take them")]
    private partial void LogDropped(long dropped, string channel);
}
