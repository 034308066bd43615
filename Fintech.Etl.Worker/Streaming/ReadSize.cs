using StackExchange.Redis;

namespace Fintech.Etl.Worker.Streaming;

/// <summary>
/// How many entries to ask for at once. Redis bounds an answer by their number only, and an entry may be a megabyte: two thousand of these
/// would be an answer that takes longer than the client waits and more memory than the worker has, and after a restart the same again. So
/// it begins small, and grows by the size of what came.
/// </summary>
internal sealed class ReadSize(int most)
{
    /// <summary>Of an answer: of entries of usual size it holds any batch.</summary>
    public const int TargetBytes = 8 * 1024 * 1024;

    private const int First = 16;

    /// <summary>Small entries tell little of those behind them.</summary>
    private const int Growth = 8;

    public int Next { get; private set; } = Math.Min(First, most);

    public void Read(StreamEntry[] entries)
    {
        if (entries.Length == 0)
            return;

        var bytes = 1L;
        foreach (var entry in entries)
        {
            foreach (var field in entry.Values)
                bytes += field.Name.Length() + field.Value.Length();
        }

        Next = (int)Math.Clamp(TargetBytes * (long)entries.Length / bytes, 1, Math.Min(most, (long)Next * Growth));
    }

    /// <summary>It may have been too much: the next answer is small, and after further failures a single entry.</summary>
    public void Failed() => Next = Math.Max(1, Math.Min(First, Next / 2));
}
