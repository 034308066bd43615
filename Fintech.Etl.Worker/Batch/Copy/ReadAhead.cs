using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Fintech.Etl.Worker.Batch.Copy;

/// <summary>
/// Reads on while the rows before are still being loaded, a few chunks ahead and no more: memory stays the same whatever the
/// size of a table. Chunks that were used go back to the reader.
/// </summary>
internal sealed class ReadAhead<T> : IAsyncDisposable
{
    private const int Chunks = 4;

    private readonly Channel<ArraySegment<T>> full = Channel.CreateBounded<ArraySegment<T>>(Chunks);
    private readonly Channel<T[]> empty = Channel.CreateBounded<T[]>(Chunks);
    private readonly CancellationTokenSource abandoned;
    private readonly Task reading;

    private ReadAhead(Func<ChunkWriter<T>, CancellationToken, Task> read, CancellationToken cancellationToken)
    {
        for (var i = 0; i < Chunks; i++)
            empty.Writer.TryWrite(new T[ChunkWriter<T>.Rows]);
        abandoned = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        reading = Task.Run(() => FillAsync(read, abandoned.Token), CancellationToken.None);
    }

    /// <summary>Begins to read at once; dispose it, whether or not all was taken.</summary>
    /// <param name="read">Fills and sends chunks until there is nothing left; its failure becomes that of the enumeration.</param>
    /// <param name="cancellationToken">Stops both sides.</param>
    public static ReadAhead<T> Begin(Func<ChunkWriter<T>, CancellationToken, Task> read, CancellationToken cancellationToken) => new(read, cancellationToken);

    /// <summary>Never fails: what goes wrong is sent through the channel.</summary>
    public Task Ended => reading;

    /// <summary>Once. What is yielded is used again for later rows.</summary>
    public async IAsyncEnumerable<ArraySegment<T>> AllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var chunk in full.Reader.ReadAllAsync(cancellationToken))
        {
            yield return chunk;
            empty.Writer.TryWrite(chunk.Array!);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await abandoned.CancelAsync();
        await Ended;
        abandoned.Dispose();
    }

    private async Task FillAsync(Func<ChunkWriter<T>, CancellationToken, Task> read, CancellationToken token)
    {
        try
        {
            var chunks = new ChunkWriter<T>(full.Writer, empty.Reader);
            await chunks.BeginAsync(token);
            await read(chunks, token);
            await chunks.SendAsync(token);
            full.Writer.Complete();
        }
        catch (Exception e)
        {
            full.Writer.Complete(e);
        }
    }
}

internal sealed class ChunkWriter<T>(ChannelWriter<ArraySegment<T>> full, ChannelReader<T[]> empty)
{
    public const int Rows = 4_096;

    private T[] rows = [];
    private int count;

    public async ValueTask BeginAsync(CancellationToken cancellationToken) => rows = await empty.ReadAsync(cancellationToken);

    /// <summary>Sends the chunk once it is full; what is left in the end is sent by itself.</summary>
    [MethodImpl(Hot.Path)]
    public ValueTask AddAsync(in T row, CancellationToken cancellationToken)
    {
        rows[count++] = row;
        return count == rows.Length ? SendAsync(cancellationToken) : ValueTask.CompletedTask;
    }

    public async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        if (count == 0)
            return;
        await full.WriteAsync(new ArraySegment<T>(rows, 0, count), cancellationToken);
        count = 0;
        await BeginAsync(cancellationToken);
    }
}
