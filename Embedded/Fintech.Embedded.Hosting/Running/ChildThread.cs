using System.Collections.Concurrent;

namespace Fintech.Embedded.Hosting.Running;

/// <summary>
/// The one thread that starts every child. Linux ties a child's death signal to the thread that forked it, not to the process
/// (prctl(2), PR_SET_PDEATHSIG), so a child started on a pool thread would die whenever the pool shrinks. This thread never ends.
/// </summary>
internal static class ChildThread
{
    private static readonly BlockingCollection<Action> Work = [];

    static ChildThread() => new Thread(Loop) { IsBackground = true, Name = "Starter of child processes" }.Start();

    public static Task<T> RunAsync<T>(Func<T> start)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Work.Add(() =>
        {
            try
            {
                result.SetResult(start());
            }
            catch (Exception e)
            {
                result.SetException(e);
            }
        });

        return result.Task;
    }

    private static void Loop()
    {
        foreach (var action in Work.GetConsumingEnumerable())
            action();
    }
}
