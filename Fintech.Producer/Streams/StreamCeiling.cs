using Microsoft.Extensions.Options;

namespace Fintech.Producer.Streams;

/// <summary>
/// How much may wait in Redis. A stream that reached its ceiling, or all of them together, is closed until it is below
/// nine tenths of it, so that producers go on in strides and the log is not filled with every step. Whoever is let in
/// once more may go beyond: by a batch, or a request.
/// </summary>
internal sealed partial class StreamCeiling
{
    private const double ReopensAt = 0.9;

    /// <summary>What Redis needs for an entry beside its payload, about: id, field name, lengths, a share of the tree's nodes.</summary>
    private const int EntryOverhead = 32;

    private readonly Lock sync = new();
    private readonly CeilingOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<StreamCeiling> logger;
    private readonly StreamFill[] seen;
    private readonly StreamFill[] underWay;
    private readonly StreamFill[] sent;

    // Since when each stream is closed; the last one stands for all together.
    private readonly long?[] closed;
    private bool known;

    public StreamCeiling(IOptions<StreamOptions> options, CeilingMetrics metrics, TimeProvider time, ILogger<StreamCeiling> logger)
    {
        this.options = options.Value.Ceiling;
        this.time = time;
        this.logger = logger;
        seen = new StreamFill[options.Value.Partitions];
        underWay = new StreamFill[options.Value.Partitions];
        sent = new StreamFill[options.Value.Partitions];
        closed = new long?[options.Value.Partitions + 1];
        metrics.Observe(this);
    }

    /// <summary>Whether Redis has been asked at all: before that, nobody knows how full it is and nothing is let in.</summary>
    public bool IsKnown
    {
        get
        {
            lock (sync)
                return known;
        }
    }

    /// <summary>One reading for the metrics: each stream's fill, the share of its ceiling, and whether it is closed.</summary>
    public IReadOnlyList<(int Partition, StreamFill Fill, double Used, bool Closed)> Read()
    {
        lock (sync)
            return [.. Enumerable.Range(0, seen.Length).Select(partition =>
                (partition, FillOf(partition), UsedOf(partition), closed[partition] is not null || closed[^1] is not null))];
    }

    /// <summary>Lets all of the entries in, or none.</summary>
    /// <returns>What was let in, to be given back by <see cref="Settle"/>; null where nothing was.</returns>
    public StreamFill[]? TryEnter(IReadOnlyCollection<OutgoingEntry> entries)
    {
        lock (sync)
        {
            if (!known || IsClosed(seen.Length) || entries.Any(entry => IsClosed(entry.Partition)))
                return null;

            var entered = new StreamFill[seen.Length];
            foreach (var entry in entries)
                entered[entry.Partition] += new StreamFill(1, entry.Payload.Length + EntryOverhead);
            Add(underWay, entered);
            return entered;
        }
    }

    /// <summary>Waits until the entries are let in.</summary>
    public async Task<StreamFill[]> EnterAsync(IReadOnlyCollection<OutgoingEntry> entries, CancellationToken cancellationToken)
    {
        StreamFill[]? entered;
        while ((entered = TryEnter(entries)) is null)
            await Task.Delay(options.Interval, time, cancellationToken);
        return entered;
    }

    /// <summary>Redis has answered: only a look that begins from now on is sure to have counted them.</summary>
    public void Settle(StreamFill[] entered)
    {
        lock (sync)
        {
            for (var partition = 0; partition < entered.Length; partition++)
                underWay[partition] -= entered[partition];
            Add(sent, entered);
        }
    }

    /// <summary>To be taken before Redis is asked, and given back with its answer.</summary>
    public StreamFill[] SentSoFar()
    {
        lock (sync)
            return [.. sent];
    }

    /// <param name="fills">What Redis answered.</param>
    /// <param name="included">What was sent before it was asked, and so is in its answer.</param>
    public void Look(StreamFill[] fills, StreamFill[] included)
    {
        lock (sync)
        {
            for (var partition = 0; partition < seen.Length; partition++)
            {
                seen[partition] = fills[partition];
                sent[partition] -= included[partition];
            }

            known = true;
            for (var index = 0; index < closed.Length; index++)
                IsClosed(index);
        }
    }

    /// <summary>Closes what has reached its ceiling, and opens what is well below it again.</summary>
    /// <param name="index">A partition, or the number of partitions for all together.</param>
    private bool IsClosed(int index)
    {
        var used = UsedOf(index);
        if (closed[index] is null && used >= 1)
        {
            closed[index] = time.GetTimestamp();
            LogClosed(NameOf(index), FillOf(index).Entries, FillOf(index).Bytes, ReopensAt);
        }
        else if (closed[index] is { } since && used < ReopensAt)
        {
            closed[index] = null;
            LogOpened(NameOf(index), time.GetElapsedTime(since).TotalSeconds);
        }

        return closed[index] is not null;
    }

    private double UsedOf(int index) => index < seen.Length
        ? FillOf(index).Of(options.StreamEntries, options.StreamBytes)
        : FillOf(index).Of(options.TotalEntries, options.TotalBytes);

    private StreamFill FillOf(int index)
    {
        if (index < seen.Length)
            return seen[index] + underWay[index] + sent[index];

        var all = default(StreamFill);
        for (var partition = 0; partition < seen.Length; partition++)
            all += FillOf(partition);
        return all;
    }

    private static void Add(StreamFill[] to, StreamFill[] fills)
    {
        for (var partition = 0; partition < fills.Length; partition++)
            to[partition] += fills[partition];
    }

    private string NameOf(int index) => index < seen.Length ? $"Stream {Contracts.StreamNames.Transactions(index)}" : "All streams together";

    [LoggerMessage(LogLevel.Warning,
        "{Name} reached the ceiling with {Entries} entries in {Bytes} bytes of Redis: producers wait until it is below {ReopensAt:P0}")]
    private partial void LogClosed(string name, long entries, long bytes, double reopensAt);

    [LoggerMessage(LogLevel.Information, "{Name} is below the ceiling again after {Seconds:F1} s: producers go on")]
    private partial void LogOpened(string name, double seconds);
}
