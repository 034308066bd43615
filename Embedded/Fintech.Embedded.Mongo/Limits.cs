namespace Fintech.Embedded.Mongo;

/// <summary>The limits a server announces in <c>hello</c>; MongoDB's own values.</summary>
internal static class Limits
{
    public const int MessageBytes = 48_000_000;
    public const int DocumentBytes = 16 * 1024 * 1024;
    public const int WriteBatch = 100_000;

    /// <summary>A reply holds documents up to the size of one document, and a little for its own fields.</summary>
    public const int BatchBytes = DocumentBytes;
}
