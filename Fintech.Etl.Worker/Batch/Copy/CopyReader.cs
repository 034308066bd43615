using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace Fintech.Etl.Worker.Batch.Copy;

/// <summary>
/// Rows of PostgreSQL's binary COPY format, read in place: a row is a view of the buffer and lives until the next one is read, so
/// that a ledger of any size passes without an object per row.
/// <see href="https://www.postgresql.org/docs/18/sql-copy.html#SQL-COPY-FILE-FORMATS-BINARY"/>
/// </summary>
internal sealed class CopyReader(Stream stream) : IAsyncDisposable
{
    /// <summary><c>PGCOPY\n\377\r\n\0</c></summary>
    internal static readonly byte[] Signature = [.. "PGCOPY\n"u8, 0xff, .. "\r\n\0"u8];

    private const int Null = -1;
    private const int EndOfData = -1;

    private byte[] buffer = new byte[64 * 1024];
    private int start;
    private int end;
    private bool headerRead;
    private (int Offset, int Length)[] fields = [];

    /// <summary>Moves to the next row.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="InvalidDataException">The stream is not in this format, or ends within a row.</exception>
    [MethodImpl(Hot.Path)]
    public ValueTask<bool> ReadAsync(CancellationToken cancellationToken) =>
        headerRead && TryParse(out var columns) ? new ValueTask<bool>(columns != EndOfData) : ReadMoreAsync(cancellationToken);

    public bool IsNull(int column) => fields[column].Length == Null;

    /// <summary>The bytes of a value as its type's send function wrote them.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => buffer.AsSpan(fields[column].Offset, fields[column].Length);

    /// <summary>A smallint, integer or bigint, told apart by its length.</summary>
    [MethodImpl(Hot.Path)]
    public long? Integer(int column)
    {
        if (IsNull(column))
            return null;
        var bytes = Bytes(column);
        return bytes.Length switch
        {
            2 => BinaryPrimitives.ReadInt16BigEndian(bytes),
            4 => BinaryPrimitives.ReadInt32BigEndian(bytes),
            8 => BinaryPrimitives.ReadInt64BigEndian(bytes),
            _ => throw new InvalidDataException($"Column {column + 1} has {bytes.Length} bytes, which no integer has."),
        };
    }

    /// <summary>A timestamp with or without zone; its kind is unspecified.</summary>
    [MethodImpl(Hot.Path)]
    public DateTime? Timestamp(int column) => IsNull(column) ? null : PgTime.Read(BinaryPrimitives.ReadInt64BigEndian(Bytes(column)));

    public DateOnly? Date(int column) => IsNull(column) ? null : PgTime.ReadDate(BinaryPrimitives.ReadInt32BigEndian(Bytes(column)));

    /// <summary>A numeric; null also where it is NaN or infinite.</summary>
    public decimal? Numeric(int column) => IsNull(column) ? null : PgNumeric.Read(Bytes(column));

    public string? Text(int column) => IsNull(column) ? null : Encoding.UTF8.GetString(Bytes(column));

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private async ValueTask<bool> ReadMoreAsync(CancellationToken cancellationToken)
    {
        if (!headerRead)
            await ReadHeaderAsync(cancellationToken);

        int columns;
        while (!TryParse(out columns))
            await FillAsync(cancellationToken);
        return columns != EndOfData;
    }

    private async ValueTask ReadHeaderAsync(CancellationToken cancellationToken)
    {
        const int flagsAndExtensionLength = 8;
        while (end - start < Signature.Length + flagsAndExtensionLength)
            await FillAsync(cancellationToken);
        if (!buffer.AsSpan(start, Signature.Length).SequenceEqual(Signature))
            throw new InvalidDataException("This is no binary COPY stream.");

        var extension = BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(start + Signature.Length + 4));
        while (end - start < Signature.Length + flagsAndExtensionLength + extension)
            await FillAsync(cancellationToken);
        start += Signature.Length + flagsAndExtensionLength + extension;
        headerRead = true;
    }

    /// <summary>Finds the fields of the row that begins at <see cref="start"/>, if all of it is here.</summary>
    [MethodImpl(Hot.Path)]
    private bool TryParse(out int columns)
    {
        columns = 0;
        if (end - start < sizeof(short))
            return false;
        columns = BinaryPrimitives.ReadInt16BigEndian(buffer.AsSpan(start));
        var position = start + sizeof(short);
        if (columns == EndOfData)
            return true;

        if (fields.Length != columns)
            fields = new (int, int)[columns];
        for (var i = 0; i < columns; i++)
        {
            if (end - position < sizeof(int))
                return false;
            var length = BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(position));
            position += sizeof(int);
            fields[i] = (position, length);
            if (length > 0)
                position += length;
            if (position > end)
                return false;
        }

        start = position;
        return true;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (start > 0 && end - start < buffer.Length / 2)
        {
            // What is left of a row, if anything, moves to the front.
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
        }

        if (end == buffer.Length)
            Array.Resize(ref buffer, buffer.Length * 2);
        var read = await stream.ReadAsync(buffer.AsMemory(end), cancellationToken);
        end += read > 0 ? read : throw new InvalidDataException("The COPY stream ended within a row.");
    }
}
