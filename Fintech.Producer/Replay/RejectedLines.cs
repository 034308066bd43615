namespace Fintech.Producer.Replay;

/// <summary>The lines that are no transactions, beside the file: <c>line,reason</c>. Nothing of their content: it may be personal.</summary>
internal sealed class RejectedLines(string path) : IAsyncDisposable
{
    private StreamWriter? writer;

    public string Path => path;

    public long Count { get; private set; }

    /// <summary>What an earlier replay of the file left there is not of this one.</summary>
    public void Clear() => File.Delete(path);

    public async Task AddAsync(long line, string reason, CancellationToken cancellationToken)
    {
        if (writer is null)
        {
            writer = new StreamWriter(path);
            await writer.WriteLineAsync("line,reason".AsMemory(), cancellationToken);
        }

        Count++;
        await writer.WriteLineAsync(FormattableString.Invariant($"{line},\"{reason.Replace("\"", "\"\"", StringComparison.Ordinal)}\"").AsMemory(), cancellationToken);
    }

    public ValueTask DisposeAsync() => writer?.DisposeAsync() ?? ValueTask.CompletedTask;
}
