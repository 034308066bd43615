using System.Diagnostics;

namespace Fintech.Tests;

/// <summary>Waits for what another process brings about; a time-out names what was waited for and what was last seen.</summary>
internal static class Eventually
{
    public static async Task<T> ReadAsync<T>(
        string what, Func<CancellationToken, Task<T>> read, Func<T, bool> arrived, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (true)
        {
            var seen = await read(cancellationToken);
            if (arrived(seen))
                return seen;

            if (watch.Elapsed > timeout)
                throw new TimeoutException($"Waited {timeout.TotalSeconds:0} s for {what}; last seen: {seen}.");

            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    public static Task IsTrueAsync(string what, Func<CancellationToken, Task<bool>> read, TimeSpan timeout, CancellationToken cancellationToken) =>
        ReadAsync(what, read, seen => seen, timeout, cancellationToken);
}
