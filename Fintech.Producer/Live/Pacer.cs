namespace Fintech.Producer.Live;

/// <summary>
/// Says how many transactions are due. What could not be sent in time is caught up for one second at most: after a
/// long stall the stream goes on at its rate, instead of flooding the platform with what never happened.
/// </summary>
internal sealed class Pacer(double rate, TimeProvider time)
{
    private const int Burst = 500;
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private readonly double most = Math.Max(rate, 1);
    private long last = time.GetTimestamp();
    private double due;

    /// <summary>Waits until at least one is due.</summary>
    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (rate == LiveOptions.Unlimited)
            return Burst;

        while (true)
        {
            var now = time.GetTimestamp();
            due = Math.Min(due + (rate * time.GetElapsedTime(last, now).TotalSeconds), most);
            last = now;

            if (due >= 1)
            {
                var count = (int)Math.Min(due, Burst);
                due -= count;
                return count;
            }

            await Task.Delay(WaitFor(1 - due), time, cancellationToken);
        }
    }

    private TimeSpan WaitFor(double missing)
    {
        var seconds = missing / rate;
        return seconds < ShortestWait.TotalSeconds ? ShortestWait
            : seconds > LongestWait.TotalSeconds ? LongestWait
            : TimeSpan.FromSeconds(seconds);
    }
}
