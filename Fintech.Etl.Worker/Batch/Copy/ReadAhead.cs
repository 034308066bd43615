using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Fintech.Etl.Worker.Batch.Copy;

/// <summary>
/// Reads on while the rows before are still being loaded, a few chunks ahead and no more: memory stays the same whatever the
/// size of a table. Chunks that were used go back to the reader.
/// </summary>
internal static class ReadAhead
{
    private const int Chunks = 4;

    /// <param name="read">Fills and sends chunks until there is nothing left; its failure becomes that of the enumeration.</param>
    /// <param name="cancellationToken">Stops both sides.</param>
    public static async IAsyncEnumerable<ArraySegment<T>> RunAsync<T>(
        Func<ChunkWriter<T>, CancellationToken, Task> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var full = Channel.CreateBounded<ArraySegment<T>>(Chunks);
        var empty = Channel.CreateBounded<T[]>(Chunks);
        for (var i = 0; i < Chunks; i++)
            empty.Writer.TryWrite(new T[ChunkWriter<T>.Rows]);

        using var abandoned = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reading = Task.Run(() => FillAsync(abandoned.Token), CancellationToken.None);
        try
        {
            await foreach (var chunk in full.Reader.ReadAllAsync(cancellationToken))
            {
                yield return chunk;
                empty.Writer.TryWrite(chunk.Array!);
            }
        }
        finally
        {
            await abandoned.CancelAsync();
            await reading;      // Never fails: what went wrong was sent through the channel.
        }

        async Task FillAsync(CancellationToken token)
        {
            try
            {
                var chunks = new ChunkWriter<T>(full.Writer, empty.Reader);
                await chunks.BeginAsync(token);
                await read(chunks, token);
                full.Writer.Complete();
            }
            catch (Exception e)
            {
                full.Writer.Complete(e);
            }
        }
    }
}

internal sealed class ChunkWriter<T>(ChannelWriter<ArraySegment<T>> full, ChannelReader<T[]> empty)
{
    public const int Rows = 4_096;

    private T[] rows = [];
    private int count;

    public bool IsFull => count == rows.Length;

    public async ValueTask BeginAsync(CancellationToken cancellationToken) => rows = await empty.ReadAsync(cancellationToken);

    public void Add(in T row) => rows[count++] = row;

    public async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        if (count == 0)
            return;
        await full.WriteAsync(new ArraySegment<T>(rows, 0, count), cancellationToken);
        count = 0;
        await BeginAsync(cancellationToken);
    }
}
