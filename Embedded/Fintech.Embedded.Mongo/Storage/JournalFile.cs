using System.Buffers.Binary;
using Fintech.Embedded.Mongo.Wire;
using Microsoft.Win32.SafeHandles;

namespace Fintech.Embedded.Mongo.Storage;

/// <summary>
/// The journal on disk: <c>FTMONGO1</c>, then frames. A frame is the unit of a flush: its magic <c>FRAM</c>, the length of its
/// payload, a CRC-32C over its offset, length and payload, then the payload. The next frame is begun only when this one is
/// on the disk, so that a crash can tear the last frame and no other.
/// </summary>
internal sealed class JournalFile : IDisposable
{
    public const int HeaderSize = 12;

    public static ReadOnlySpan<byte> FileMagic => "FTMONGO1"u8;

    public static ReadOnlySpan<byte> FrameMagic => "FRAM"u8;

    private readonly SafeFileHandle _file;

    private JournalFile(SafeFileHandle file, long length)
    {
        _file = file;
        Length = length;
    }

    public long Length { get; private set; }

    public static JournalFile Create(string path)
    {
        var file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read);
        RandomAccess.Write(file, FileMagic, fileOffset: 0);
        RandomAccess.FlushToDisk(file);
        return new JournalFile(file, FileMagic.Length);
    }

    /// <summary>
    /// Opens an existing journal for writing behind <paramref name="length"/>, the end of its last whole frame; the rest is cut off.
    /// </summary>
    public static JournalFile Open(string path, long length)
    {
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        if (RandomAccess.GetLength(file) > length)
        {
            RandomAccess.SetLength(file, length);
            RandomAccess.FlushToDisk(file);
        }

        return new JournalFile(file, length);
    }

    /// <summary>Writes a frame; the disk has it only after <see cref="Flush"/>.</summary>
    public void Write(ReadOnlyMemory<byte> payload)
    {
        var header = new byte[HeaderSize];
        FrameMagic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), Checksum(Length, payload.Span));

        RandomAccess.Write(_file, [header, payload], Length);
        Length += HeaderSize + payload.Length;
    }

    public void Flush() => RandomAccess.FlushToDisk(_file);

    public void Dispose() => _file.Dispose();

    /// <summary>The offset is part of it: a journal kept as a value inside a document is not taken for a part of this one.</summary>
    public static uint Checksum(long offset, ReadOnlySpan<byte> payload)
    {
        Span<byte> place = stackalloc byte[sizeof(long) + sizeof(int)];
        BinaryPrimitives.WriteInt64LittleEndian(place, offset);
        BinaryPrimitives.WriteInt32LittleEndian(place[sizeof(long)..], payload.Length);
        return Crc32C.Compute(payload, Crc32C.Compute(place));
    }
}
