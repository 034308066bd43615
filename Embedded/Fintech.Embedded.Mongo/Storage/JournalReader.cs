using System.Buffers.Binary;
using MongoDB.Bson;
using MongoDB.Bson.IO;

namespace Fintech.Embedded.Mongo.Storage;

/// <summary>Reads a journal back at the start, and tells a torn end, which a crash leaves, from damage in the middle.</summary>
internal static class JournalReader
{
    /// <summary>Hands every entry on; returns the end of the last whole frame, or 0 where not even the file's head was written.</summary>
    public static long Read(string path, Action<JournalEntry> apply)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1 << 16);
        var magic = new byte[JournalFile.FileMagic.Length];
        if (file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) < magic.Length)
            return 0;

        if (!JournalFile.FileMagic.SequenceEqual(magic))
            throw new DataFolderException($"{path} is not a journal of this server: it does not begin with FTMONGO1.");

        var end = file.Position;
        while (TryReadFrame(file, out var payload))
        {
            foreach (var document in Split(payload))
                apply(JournalEntry.Read(document));

            end = file.Position;
        }

        if (FindFrame(file, after: end) is { } intact)
        {
            throw new DataFolderException(
                $"{path} is damaged at byte {end}, and whole again at byte {intact}: no crash leaves that behind. "
                + "Nothing was changed; restore the file from a backup, or move it away to start empty.");
        }

        return end;
    }

    private static bool TryReadFrame(FileStream file, out byte[] payload)
    {
        var start = file.Position;
        var header = new byte[JournalFile.HeaderSize];
        payload = [];

        if (file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length
            || !header.AsSpan().StartsWith(JournalFile.FrameMagic))
            return false;

        var length = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(4));
        if (length < 0 || length > file.Length - file.Position)
            return false;

        payload = new byte[length];
        file.ReadExactly(payload);
        return BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(8)) == JournalFile.Checksum(start, payload);
    }

    /// <summary>
    /// Where behind <paramref name="after"/> a whole frame begins. Only a damaged end is searched, so the simple way will do.
    /// </summary>
    private static long? FindFrame(FileStream file, long after)
    {
        var window = new byte[1 << 20];
        for (var start = after + 1; start < file.Length; start += window.Length - JournalFile.FrameMagic.Length + 1)
        {
            file.Position = start;
            var filled = file.ReadAtLeast(window, window.Length, throwOnEndOfStream: false);

            for (var from = 0; window.AsSpan(from, filled - from).IndexOf(JournalFile.FrameMagic) is var found and >= 0; from += found + 1)
            {
                file.Position = start + from + found;
                if (TryReadFrame(file, out _))
                    return start + from + found;
            }
        }

        return null;
    }

    private static IEnumerable<RawBsonDocument> Split(byte[] payload)
    {
        var buffer = new ByteArrayBuffer(payload, isReadOnly: true);
        for (var position = 0; position < payload.Length;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(payload.AsSpan(position));
            yield return new RawBsonDocument(buffer.GetSlice(position, length));
            position += length;
        }
    }
}
