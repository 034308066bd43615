namespace Fintech.Dashboard.Live;

/// <summary>
/// Notes when an alert was first sent to a page: after the frame that had it, as a point of the chart or in the list, was handed to a
/// connection. What is never sent is never noted.
/// </summary>
internal sealed class ShownAlerts(TimeProvider time)
{
    /// <summary>Far more than frames hold at once. One that is noted again changes nothing: the warehouse keeps the first time.</summary>
    private const int MostRemembered = 10_000;

    private readonly Lock guard = new();
    private readonly HashSet<(string, string)> known = [];
    private readonly Queue<(string, string)> order = new();
    private List<ShownAlert> unwritten = [];

    /// <param name="upTo">Number of the newest point that was sent with it.</param>
    public void Sent(PointRing points, long upTo, IReadOnlyList<AlertItem> list)
    {
        var now = time.GetUtcNow();
        lock (guard)
        {
            foreach (var key in points.AlertKeys(points.ShownUpTo, upTo))
                Note(key, now);
            points.ShownUpTo = Math.Max(points.ShownUpTo, upTo);
            foreach (var alert in list)
                Note((alert.Id, alert.SourceSystem), now);
        }
    }

    public IReadOnlyList<ShownAlert> Take()
    {
        lock (guard)
        {
            var taken = unwritten;
            unwritten = [];
            return taken;
        }
    }

    /// <summary>Could not be written: with the next ones.</summary>
    public void GiveBack(IReadOnlyList<ShownAlert> taken)
    {
        lock (guard)
            unwritten = [.. taken.Concat(unwritten).Take(MostRemembered)];
    }

    private void Note((string, string) key, DateTimeOffset now)
    {
        if (!known.Add(key))
            return;

        order.Enqueue(key);
        while (order.Count > MostRemembered)
            known.Remove(order.Dequeue());
        if (unwritten.Count < MostRemembered)
            unwritten.Add(new(key.Item1, key.Item2, now));
    }
}

internal readonly record struct ShownAlert(string TransactionId, string SourceSystem, DateTimeOffset At);
