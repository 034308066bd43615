namespace Fintech.Embedded.Telemetry.Store;

/// <summary>An attribute that many spans carry alike, key and value as they came: the text of a statement, the address of a server.</summary>
internal sealed class SharedBlock(byte[] bytes)
{
    /// <summary>The object and the header of its array, measured on 64 bit.</summary>
    private const int Overhead = 56;
    private int holders;

    public byte[] Encoded => bytes;

    private long Bytes => Overhead + bytes.Length;

    /// <summary>Counted with its first holder and no further; under the lock of the store, as <see cref="Release"/>.</summary>
    public long Hold() => holders++ == 0 ? Bytes : 0;

    /// <summary>What is free once the last holder has gone.</summary>
    public long Release() => --holders == 0 ? Bytes : 0;
}

/// <summary>
/// Finds what repeats. A block is made when the same bytes are seen again, so that what is unique (an id, an entry) costs nothing
/// more. One place for each hash, taken over by what comes twice in a row: bounded, and what is forgotten is only kept twice.
/// </summary>
internal sealed class BlockPool
{
    private const int Places = 1_024;
    private const int MinLength = 24;
    private const int MaxLength = 4_096;
    private readonly Lock gate = new();
    private readonly int[] seen = new int[Places];
    private readonly SharedBlock?[] blocks = new SharedBlock?[Places];

    /// <summary>Null where the bytes are not known to repeat, or are not worth it.</summary>
    public SharedBlock? Share(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is < MinLength or > MaxLength)
            return null;

        var hasher = new HashCode();
        hasher.AddBytes(bytes);
        var hash = hasher.ToHashCode();
        var place = (int)((uint)hash % Places);
        lock (gate)
        {
            if (blocks[place] is { } block && bytes.SequenceEqual(block.Encoded))
                return block;

            if (seen[place] == hash)
                return blocks[place] = new SharedBlock(bytes.ToArray());

            seen[place] = hash;
            return null;
        }
    }
}
