using System.Diagnostics;

namespace Fintech.Benchmarks.Stream;

/// <summary>
/// Adds transactions to the streams over one pipelined connection and keeps the ledger of what Redis confirmed. Leaner than the
/// product's own producer, which makes purchases of a whole simulated world: it would take a share of the two cores that belongs to
/// the path that is measured.
/// </summary>
internal sealed class LoadGenerator(RedisPipe redis, EventEncoder encoder)
{
    private const int LongestCommand = 700;
    private const int AtOnce = 250;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(2);

    private long sent;
    private long confirmed;

    public long Confirmed => Volatile.Read(ref confirmed);

    public decimal Amount => encoder.Cents / 100m;

    /// <param name="rate">A second; zero for as fast as <paramref name="open"/> lets it.</param>
    /// <param name="open">How many may be on their way that have not arrived, given how many were sent.</param>
    /// <param name="ending">Stops the sending; what was sent is still waited for.</param>
    /// <param name="cancellationToken">Stops everything.</param>
    public async Task RunAsync(double rate, Func<long, bool> open, CancellationToken ending, CancellationToken cancellationToken)
    {
        var counting = CountAsync(cancellationToken);
        var buffer = new byte[AtOnce * LongestCommand];
        var watch = Stopwatch.StartNew();
        while (!ending.IsCancellationRequested)
        {
            var due = rate > 0 ? (long)(watch.Elapsed.TotalSeconds * rate) - sent : open(sent) ? AtOnce : 0;
            if (due <= 0)
            {
                await Task.Delay(Tick, CancellationToken.None);
                continue;
            }

            var (length, now) = (0, DateTime.UtcNow);
            for (var i = Math.Min(due, AtOnce); i > 0; i--, sent++)
                length += encoder.Write(buffer.AsSpan(length), now);
            await redis.SendAsync(buffer.AsMemory(0, length), cancellationToken);
            if (counting.IsCompleted)
                await counting;     // It has failed.
        }

        await redis.SendAsync(RedisPipe.Encode("PING"), cancellationToken);
        await counting;
        if (confirmed != sent)
            throw new BenchmarkException($"Redis confirmed {confirmed} of {sent} entries.");
    }

    /// <summary>
    /// Each entry is confirmed by two lines, <c>$15\r\n1767225600000-0\r\n</c>; the answer to PING, <c>+PONG\r\n</c>, ends it.
    /// </summary>
    private async Task CountAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[256 * 1024];
        var (lines, lineBegins) = (0L, true);
        while (true)
        {
            var received = await redis.ReceiveAsync(buffer, cancellationToken);
            if (Look(buffer.AsSpan(0, received)))
                return;
            Volatile.Write(ref confirmed, lines / 2);
        }

        bool Look(ReadOnlySpan<byte> answer)
        {
            while (!answer.IsEmpty)
            {
                if (lineBegins && answer[0] is (byte)'+')
                {
                    Volatile.Write(ref confirmed, lines / 2);
                    return true;
                }

                if (lineBegins && answer[0] is (byte)'-')
                    throw new BenchmarkException($"Redis refused an entry: {System.Text.Encoding.UTF8.GetString(answer[..Math.Min(200, answer.Length)])}");
                var end = answer.IndexOf((byte)'\n');
                lineBegins = end >= 0;
                if (end < 0)
                    return false;
                lines++;
                answer = answer[(end + 1)..];
            }

            return false;
        }
    }
}
