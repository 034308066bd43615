namespace Fintech.Etl.Worker.Streaming;

/// <summary>A pause that doubles from <paramref name="first"/> to <paramref name="longest"/>.</summary>
internal sealed class Backoff(TimeSpan first, TimeSpan longest)
{
    private TimeSpan? last;

    public TimeSpan Next()
    {
        var next = last is { } known ? TimeSpan.FromTicks(Math.Min(known.Ticks * 2, longest.Ticks)) : first;
        last = next;
        return next;
    }

    public void Reset() => last = null;
}
