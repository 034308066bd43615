using System.Runtime.InteropServices;

namespace Fintech.Embedded.Telemetry.Store;

/// <summary>
/// Gives back what the ring has dropped. Every span lives for some seconds to minutes, long enough to reach the oldest generation
/// and die there, which is collected late: without this the process grows to several times what it holds.
/// </summary>
internal sealed class MemoryKeeper : IDisposable
{
    private const long WorthIt = 16 << 20;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(20);
    private readonly ITimer timer;
    private long atLastTrim;

    public MemoryKeeper(TimeProvider time) => timer = time.CreateTimer(_ => Look(), state: null, Period, Period);

    public void Dispose() => timer.Dispose();

    private void Look()
    {
        var allocated = GC.GetTotalAllocatedBytes();
        if (allocated - atLastTrim < WorthIt)
            return;

        atLastTrim = allocated;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

        // The compiler's working memory, of many MB after start-up, is free but stays with glibc; other libraries have no such call.
        if (OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var libc))
        {
            if (NativeLibrary.TryGetExport(libc, "malloc_trim", out _))
                _ = TrimMalloc(0);
            NativeLibrary.Free(libc);
        }
    }

    [DllImport("libc.so.6", EntryPoint = "malloc_trim")]
    private static extern int TrimMalloc(nuint keep);
}
