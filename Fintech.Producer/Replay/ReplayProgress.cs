using System.Globalization;

namespace Fintech.Producer.Replay;

/// <summary>How far a replay is: a line that renews itself in a terminal, and one every ten seconds in a log.</summary>
internal sealed class ReplayProgress(TimeProvider time)
{
    private readonly Lock sync = new();
    private readonly long started = time.GetTimestamp();
    private long read;
    private long confirmed;
    private decimal amount = 0.00m;
    private long rejected;
    private DateTimeOffset? reached;

    public long ConfirmedCount
    {
        get
        {
            lock (sync)
                return confirmed;
        }
    }

    public void Read(DateTimeOffset timestamp)
    {
        lock (sync)
        {
            read++;
            reached = timestamp;
        }
    }

    public void Confirmed(decimal transactionAmount)
    {
        lock (sync)
        {
            confirmed++;
            amount += transactionAmount;
        }
    }

    public void Rejected()
    {
        lock (sync)
            rejected++;
    }

    /// <summary><c>12,500 sent (5,000/s), 12,700 read, 3 rejected, at 2026-01-01 12:00:00; waiting at the ceiling</c></summary>
    public string Line(bool waiting)
    {
        lock (sync)
        {
            var seconds = Math.Max(time.GetElapsedTime(started).TotalSeconds, 0.001);
            return string.Create(CultureInfo.InvariantCulture,
                $"{confirmed:N0} sent ({confirmed / seconds:N0}/s), {read:N0} read, {rejected:N0} rejected, at {reached:yyyy-MM-dd HH:mm:ss}{(waiting ? "; waiting at the ceiling" : "")}");
        }
    }

    public string Summary()
    {
        lock (sync)
        {
            var seconds = Math.Max(time.GetElapsedTime(started).TotalSeconds, 0.001);
            return string.Create(CultureInfo.InvariantCulture,
                $"{confirmed} transactions over {amount} are in the streams, in {seconds:F1} s ({confirmed / seconds:F0}/s); {rejected} lines were rejected.");
        }
    }

    public async Task ShowAsync(Func<bool> isWaiting, CancellationToken cancellationToken)
    {
        var inTerminal = !Console.IsErrorRedirected;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(inTerminal ? 1 : 10), time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
                await Console.Error.WriteAsync(inTerminal ? $"\r{Line(isWaiting())}\e[K" : $"{Line(isWaiting())}\n");
        }
        catch (OperationCanceledException)
        {
            if (inTerminal)
                await Console.Error.WriteLineAsync();
        }
    }
}
