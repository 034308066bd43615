using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Npgsql;

namespace Fintech.Etl.Worker.Batch.Copy;

/// <summary>Writes PostgreSQL's binary COPY format. Without <see cref="CompleteAsync"/> nothing of it is stored.</summary>
internal sealed class CopyWriter : IAsyncDisposable
{
    private const int FlushAt = 64 * 1024;

    private readonly NpgsqlRawCopyStream stream;
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(2 * FlushAt);    // Streams come back for one many times a second.
    private int position;
    private bool completed;

    /// <param name="patience">How long the server may take to answer at the end: the client waits for that without a token, so that nobody can give it up. Null: as long as for any command.</param>
    public CopyWriter(NpgsqlRawCopyStream stream, TimeSpan? patience = null)
    {
        this.stream = stream;
        if (patience is { } limit)
            stream.ReadTimeout = (int)limit.TotalMilliseconds;
        Raw(CopyReader.Signature);
        Raw(stackalloc byte[8]);    // No flags, no extension.
    }

    public void Row(int columns) => BinaryPrimitives.WriteInt16BigEndian(Take(sizeof(short)), (short)columns);

    public void Null() => BinaryPrimitives.WriteInt32BigEndian(Take(sizeof(int)), -1);

    public void Integer(int value)
    {
        var span = Take(sizeof(int) + sizeof(int));
        BinaryPrimitives.WriteInt32BigEndian(span, sizeof(int));
        BinaryPrimitives.WriteInt32BigEndian(span[sizeof(int)..], value);
    }

    public void Smallint(short value)
    {
        var span = Take(sizeof(int) + sizeof(short));
        BinaryPrimitives.WriteInt32BigEndian(span, sizeof(short));
        BinaryPrimitives.WriteInt16BigEndian(span[sizeof(int)..], value);
    }

    public void Bigint(long value)
    {
        var span = Take(sizeof(int) + sizeof(long));
        BinaryPrimitives.WriteInt32BigEndian(span, sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(span[sizeof(int)..], value);
    }

    public void Timestamp(DateTime moment) => Bigint(PgTime.Write(moment));

    /// <exception cref="OverflowException">Not in the range of a long number of hundredths.</exception>
    public void Amount(decimal amount)
    {
        var span = Room(sizeof(int) + PgNumeric.MostBytes);
        var length = PgNumeric.WriteHundredths(span[sizeof(int)..], decimal.ToInt64(amount * 100));
        BinaryPrimitives.WriteInt32BigEndian(span, length);
        position += sizeof(int) + length;
    }

    /// <summary>A number as text, as an id of the ledger becomes the id of a fact.</summary>
    public void Text(long number)
    {
        var span = Room(sizeof(int) + 20);
        number.TryFormat(span[sizeof(int)..], out var length, provider: System.Globalization.CultureInfo.InvariantCulture);
        BinaryPrimitives.WriteInt32BigEndian(span, length);
        position += sizeof(int) + length;
    }

    public void Text(string text)
    {
        var span = Room(sizeof(int) + Encoding.UTF8.GetMaxByteCount(text.Length));
        var length = Encoding.UTF8.GetBytes(text, span[sizeof(int)..]);
        BinaryPrimitives.WriteInt32BigEndian(span, length);
        position += sizeof(int) + length;
    }

    public void TextOrNull(string? text)
    {
        if (text is null)
            Null();
        else
            Text(text);
    }

    public void Date(DateOnly date) => Integer(PgTime.WriteDate(date));

    public void BytesOrNull(byte[]? bytes)
    {
        if (bytes is null)
            Null();
        else
            Bytes(bytes);
    }

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        BinaryPrimitives.WriteInt32BigEndian(Take(sizeof(int)), bytes.Length);
        Raw(bytes);
    }

    /// <summary>Whether enough has gathered to be worth sending.</summary>
    public bool IsFull => position >= FlushAt;

    /// <summary>Sends what has gathered, once it is worth it: call it between rows.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken) => IsFull ? SendAsync(cancellationToken) : ValueTask.CompletedTask;

    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        Row(-1);
        await SendAsync(cancellationToken);
        completed = true;
        Return();
        await stream.DisposeAsync();    // This is what ends the COPY, and where its errors arrive.
    }

    public async ValueTask DisposeAsync()
    {
        if (completed)
            return;
        completed = true;
        Return();
        try
        {
            await stream.CancelAsync();
        }
        catch (NpgsqlException)
        {
            // The connection broke: why, is told by the exception that leads here.
        }
    }

    private void Return() => ArrayPool<byte>.Shared.Return(buffer);

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        await stream.WriteAsync(buffer.AsMemory(0, position), cancellationToken);
        position = 0;
    }

    /// <summary>Fields that are encoded already, lengths included.</summary>
    public void Raw(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    private Span<byte> Take(int bytes)
    {
        var span = Room(bytes);
        position += bytes;
        return span[..bytes];
    }

    private Span<byte> Room(int bytes)
    {
        while (buffer.Length - position < bytes)
            Array.Resize(ref buffer, buffer.Length * 2);
        return buffer.AsSpan(position);
    }
}
