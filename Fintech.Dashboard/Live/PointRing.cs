namespace Fintech.Dashboard.Live;

/// <summary>
/// The points of the amount chart: the last five minutes, bounded whatever the rate. Each has a number, so that a connection
/// remembers only how far it has come and no queue is kept for it.
/// </summary>
internal sealed class PointRing
{
    public static readonly TimeSpan Span = TimeSpan.FromMinutes(5);

    /// <summary>The minutes that the span covers, and how much of the first.</summary>
    public static (DateTimeOffset From, decimal Share) SpanAt(DateTimeOffset now)
    {
        var from = LiveWindow.MinuteOf(now - Span);
        return (from, 1 - (decimal)(now - Span - from).Ticks / TimeSpan.TicksPerMinute);
    }

    public const int MaxSamples = 2_400;
    public const int MaxAlerts = 1_000;

    private readonly Lock guard = new();
    private readonly Queue<Held> samples = new();
    private readonly Queue<Held> alerts = new();
    private readonly HashSet<(string, string)> heldAlerts = [];
    private double share = 1;
    private long newest;

    /// <summary>How far its alerts are noted as shown; kept by <see cref="ShownAlerts"/>.</summary>
    public long ShownUpTo { get; set; }

    /// <param name="committed">When the transaction reached the warehouse: points grow old from then on.</param>
    private readonly record struct Held(long Number, DateTimeOffset Committed, AmountPoint Point, (string, string) Key);

    public void AddSample(AmountPoint point, DateTimeOffset committed)
    {
        lock (guard)
            samples.Enqueue(new Held(++newest, committed, point, default));
    }

    /// <param name="key">Transaction id and source system; an alert met again is the same point.</param>
    public void AddAlert((string TransactionId, string SourceSystem) key, AmountPoint point, DateTimeOffset committed, DateTimeOffset now)
    {
        lock (guard)
        {
            if (now - committed <= Span && HashOf(key) < share && heldAlerts.Add(key))
                alerts.Enqueue(new Held(++newest, committed, point, key));
        }
    }

    public void Trim(DateTimeOffset now)
    {
        lock (guard)
        {
            while (samples.Count > MaxSamples || samples.TryPeek(out var oldest) && now - oldest.Committed > Span)
                samples.Dequeue();

            while (alerts.TryPeek(out var oldest) && now - oldest.Committed > Span)
                heldAlerts.Remove(alerts.Dequeue().Key);

            if (alerts.Count > MaxAlerts)
                Thin();
            else if (alerts.Count < MaxAlerts / 2)
                share = Math.Min(1, share * 1.01);
        }
    }

    /// <summary>
    /// More alerts than the chart can hold: all but a share of them go, evenly over the five minutes and chosen by their key, so
    /// that one that has gone is not taken for new when it is read again. The page says how many it does not show.
    /// </summary>
    private void Thin()
    {
        while (alerts.Count > MaxAlerts)
        {
            share *= 0.9;
            for (var left = alerts.Count; left > 0; left--)
            {
                var held = alerts.Dequeue();
                if (HashOf(held.Key) < share)
                    alerts.Enqueue(held);
                else
                    heldAlerts.Remove(held.Key);
            }
        }
    }

    /// <summary>Even in [0, 1), and the same for the same key.</summary>
    private static double HashOf((string TransactionId, string SourceSystem) key) =>
        Mixed(key.TransactionId) / (double)uint.MaxValue * 0.999999;

    /// <summary>FNV-1a with a final mix, so that ids that differ in their last digit only still spread.</summary>
    private static uint Mixed(string text)
    {
        var hash = 2_166_136_261u;
        foreach (var character in text)
            hash = unchecked((hash ^ character) * 16_777_619u);
        hash = unchecked((hash ^ hash >> 16) * 0x85EBCA6Bu);
        hash = unchecked((hash ^ hash >> 13) * 0xC2B2AE35u);
        return hash ^ hash >> 16;
    }

    /// <summary>Alerts with a number above <paramref name="after"/>, up to <paramref name="upTo"/>.</summary>
    public IReadOnlyList<(string TransactionId, string SourceSystem)> AlertKeys(long after, long upTo)
    {
        lock (guard)
            return [.. alerts.Where(held => held.Number > after && held.Number <= upTo).Select(held => held.Key)];
    }

    /// <summary>Everything held, and the number to go on from.</summary>
    public (IReadOnlyList<AmountPoint> Points, long Newest) All() => Since(0, int.MaxValue);

    /// <summary>
    /// What came after <paramref name="number"/>, at most <paramref name="max"/> points: alerts first, the rest of the room for
    /// an even choice of the samples. Alerts that do not fit follow with the next call, samples are left out.
    /// </summary>
    public (IReadOnlyList<AmountPoint> Points, long Newest) Since(long number, int max)
    {
        lock (guard)
        {
            var unseenAlerts = alerts.Where(held => held.Number > number).Take(max).ToList();
            if (unseenAlerts.Count == max)
                return ([.. unseenAlerts.Select(held => held.Point)], unseenAlerts[^1].Number);

            var unseenSamples = samples.Where(held => held.Number > number).ToList();
            var room = Math.Min(max - unseenAlerts.Count, unseenSamples.Count);
            var chosen = Enumerable.Range(0, room).Select(i => unseenSamples[(int)((long)i * unseenSamples.Count / room)]);
            return ([.. chosen.Concat(unseenAlerts).OrderBy(held => held.Number).Select(held => held.Point)], newest);
        }
    }
}
