namespace Fintech.Dashboard.Live;

/// <summary>
/// Lets a few snapshots on their way at a time: each is some hundred kilobytes, which wait in memory until the browser has taken them, and
/// after a restart all browsers ask at once. One that does not take it holds its place for two seconds.
/// </summary>
internal sealed class SnapshotGate(TimeProvider time) : IDisposable
{
    public const int Places = 16;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim places = new(Places, Places);

    public async Task PassAsync(Func<Task> send, CancellationToken cancellationToken)
    {
        await places.WaitAsync(cancellationToken);
        Task sending;
        try
        {
            sending = send();
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(sending, Task.Delay(Patience, time, patience.Token));
            await patience.CancelAsync();
        }
        finally
        {
            places.Release();
        }

        await sending;
    }

    public void Dispose() => places.Dispose();
}
