using System.Diagnostics;
using System.Globalization;
using System.Text;
using Fintech.Contracts;
using Fintech.Etl.Worker.Streaming;
using StackExchange.Redis;
using Xunit;

namespace Fintech.Tests.Streaming;

/// <summary>
/// A producer that knows exactly what it delivered: every event twice, one in a hundred late, so that younger ones overtake it. It
/// chooses the ids of entries itself and adds those of a tick at once (MULTI), so that after a broken connection the stream's last id
/// tells whether all of them arrived or none.
/// </summary>
internal sealed class ChaosLoad(IConnectionMultiplexer redis, int rate)
{
    public const string Merchant = "Merchant ";
    public const int Merchants = 60;

    /// <summary>Each fires for some of the load: velocity for the few that buy again and again, the others for some of the high amounts.</summary>
    public const string Rules =
        """
        [{"rule":"high-value","threshold":3000,"currency":"USD"},
         {"rule":"velocity","count":8,"window":"00:00:05"},
         {"rule":"spend-spike","deviations":3,"minimum_history":5,"minimum_amount":50,"currency":"USD"},
         {"rule":"card-testing","small_count":2,"small_amount":5,"large_amount":1000,"window":"01:00:00","currency":"USD"},
         {"rule":"new-category","threshold":200,"minimum_history":5,"currency":"USD"}]
        """;

    private const int Partitions = Partitioner.DefaultPartitions;
    private const int MostAtOnce = 500;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly Random random = new(5);
    private readonly PriorityQueue<(int Partition, byte[] Payload, bool Again), long> due = new();
    private readonly List<(EntryId Id, byte[] Payload)>[] delivered = [.. Enumerable.Range(0, Partitions).Select(_ => new List<(EntryId, byte[])>())];
    private readonly long[] attempted = new long[Partitions];
    private long tick;
    private long order;

    /// <summary>Unique transactions, by currency.</summary>
    public Dictionary<string, (long Rows, decimal Amount)> Ledger { get; } = [];

    /// <summary>In the order of each stream.</summary>
    public IReadOnlyList<IReadOnlyList<(EntryId Id, byte[] Payload)>> Delivered => delivered;

    public long Entries => delivered.Sum(stream => (long)stream.Count);

    public long Transactions => Ledger.Values.Sum(sum => sum.Rows);

    /// <summary>By stream, no more entries than these can have been in it up to now: what is read beyond them was added later.</summary>
    public Dictionary<string, long> Attempted() =>
        Enumerable.Range(0, Partitions).ToDictionary(StreamNames.Transactions, partition => Interlocked.Read(ref attempted[partition]));

    /// <summary>Until it is told to stop; then what is still due is delivered.</summary>
    public async Task RunAsync(CancellationToken stopping, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        while (!stopping.IsCancellationRequested)
        {
            Generate((int)(rate * Tick.TotalSeconds));
            await DeliverAsync(tick++, cancellationToken);
            // After an outage the ticks that were missed follow at once, as a producer's buffer would.
            if (Tick * tick - Stopwatch.GetElapsedTime(began) is var ahead && ahead > TimeSpan.Zero)
                await Task.Delay(ahead, cancellationToken);
        }

        await DeliverAsync(long.MaxValue, cancellationToken);
    }

    /// <summary>Gives another Redis the same entries, in the same order, under the same ids.</summary>
    public static async Task RepeatAsync(IDatabase database, IReadOnlyList<IReadOnlyList<(EntryId Id, byte[] Payload)>> delivered)
    {
        for (var partition = 0; partition < delivered.Count; partition++)
        {
            foreach (var chunk in delivered[partition].Chunk(2000))
                await Task.WhenAll(chunk.Select(entry => database.StreamAddAsync(
                    StreamNames.Transactions(partition), StreamNames.PayloadField, entry.Payload, messageId: entry.Id.ToString())));
        }
    }

    private void Generate(int count)
    {
        for (var i = 0; i < count; i++)
        {
            // A few customers buy again and again, the others every two seconds; some amounts are small, and some high for anybody.
            var busy = random.Next(20) == 0;
            var customer = busy ? random.Next(10) : random.Next(10, 10 + 2 * rate);
            var amount = random.Next(100) switch { 0 => random.Next(250_000, 900_000) / 100m, < 10 => random.Next(50, 300) / 100m, _ => random.Next(300, 20_000) / 100m };
            var currency = random.Next(20) == 0 ? "EUR" : "USD";
            var (rows, sum) = Ledger.GetValueOrDefault(currency);
            Ledger[currency] = (rows + 1, sum + amount);
            var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000m;
            var payload = string.Create(CultureInfo.InvariantCulture,
                $$"""{"transaction_id":"c-{{order}}","customer_id":{{customer}},"amount":{{amount}},"merchant_name":"{{Merchant}}{{random.Next(Merchants)}}","timestamp":{{now}},"currency":"{{currency}}"}""");
            var at = tick + (random.Next(100) == 0 ? random.Next(1, 30) : 0);
            due.Enqueue((Partitioner.PartitionOf(customer, Partitions), Encoding.UTF8.GetBytes(payload), true), at << 32 | order++ & uint.MaxValue);
        }
    }

    private async Task DeliverAsync(long upTo, CancellationToken cancellationToken)
    {
        var ready = Enumerable.Range(0, Partitions).Select(_ => new List<byte[]>()).ToArray();
        while (due.TryPeek(out var next, out var at) && at >> 32 <= upTo)
        {
            due.Dequeue();
            ready[next.Partition].Add(next.Payload);
            if (next.Again)
                due.Enqueue((next.Partition, next.Payload, false), (Math.Min(upTo, at >> 32) + random.Next(20)) << 32 | order++ & uint.MaxValue);
        }

        await Task.WhenAll(ready.Select((payloads, partition) => AddAsync(partition, payloads, cancellationToken)));
    }

    private async Task AddAsync(int partition, List<byte[]> payloads, CancellationToken cancellationToken)
    {
        foreach (var chunk in payloads.Chunk(MostAtOnce))
        {
            var last = delivered[partition] is [.., var newest] ? newest.Id : EntryId.Zero;
            var now = (ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            var next = now > last.Milliseconds ? new EntryId(now, 0) : last.Next;
            var entries = new List<(EntryId Id, byte[] Payload)>(chunk.Length);
            foreach (var payload in chunk)
            {
                entries.Add((next, payload));
                next = next.Next;
            }

            Interlocked.Add(ref attempted[partition], entries.Count);
            while (!await TryAddAsync(partition, entries))
                await Task.Delay(50, cancellationToken);
            delivered[partition].AddRange(entries);
        }
    }

    private async Task<bool> TryAddAsync(int partition, List<(EntryId Id, byte[] Payload)> entries)
    {
        var stream = StreamNames.Transactions(partition);
        try
        {
            var database = redis.GetDatabase();
            if (await database.KeyExistsAsync(stream))
            {
                // It may have arrived with the try before, whose answer did not.
                var last = EntryId.Parse((string)(await database.StreamInfoAsync(stream)).LastGeneratedId!);
                Assert.True(last < entries[0].Id || last == entries[^1].Id, $"{stream} ends at {last}, in the midst of what was added at once.");
                if (last == entries[^1].Id)
                    return true;
            }

            var all = database.CreateTransaction();
            var adding = entries.ConvertAll(entry => all.StreamAddAsync(stream, StreamNames.PayloadField, entry.Payload, messageId: entry.Id.ToString()));
            if (!await all.ExecuteAsync())
                return false;
            await Task.WhenAll(adding);
            return true;
        }
        catch (Exception e) when (e is RedisException or TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }
}
