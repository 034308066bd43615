namespace Fintech.Producer.Streams;

/// <summary>How full a stream is, or all of them: as Redis last said, and what was sent since.</summary>
internal readonly record struct StreamFill(long Entries, long Bytes)
{
    public static StreamFill operator +(StreamFill left, StreamFill right) => new(left.Entries + right.Entries, left.Bytes + right.Bytes);

    public static StreamFill operator -(StreamFill left, StreamFill right) => new(left.Entries - right.Entries, left.Bytes - right.Bytes);

    /// <summary>The share of the ceiling that is used; 1 where it is reached.</summary>
    public double Of(long entries, long bytes) => Math.Max((double)Entries / entries, (double)Bytes / bytes);
}
