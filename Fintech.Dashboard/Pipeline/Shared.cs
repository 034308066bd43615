namespace Fintech.Dashboard.Pipeline;

/// <summary>A reading that all who ask within <paramref name="fresh"/> have in common.</summary>
internal sealed class Shared<T>(TimeSpan fresh) where T : class
{
    private readonly SemaphoreSlim reading = new(1);
    private T? newest;
    private long readAt;

    public async Task<T> GetAsync(Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        await reading.WaitAsync(cancellationToken);
        try
        {
            if (newest is null || TimeProvider.System.GetElapsedTime(readAt) >= fresh)
            {
                newest = await read(cancellationToken);
                readAt = TimeProvider.System.GetTimestamp();
            }

            return newest;
        }
        finally
        {
            reading.Release();
        }
    }
}
