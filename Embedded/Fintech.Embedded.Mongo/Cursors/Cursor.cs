using Fintech.Embedded.Mongo.Commands;
using Fintech.Embedded.Mongo.Storage;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Cursors;

/// <summary>A query's answer on its way out, batch by batch; documents are found and shaped as they are fetched.</summary>
internal sealed class Cursor(long id, string ns, IEnumerable<BsonDocument> documents)
{
    private readonly IEnumerator<byte[]> _documents = documents.Select(StoredDocument.BytesOf).GetEnumerator();
    private byte[]? _next;
    private bool _begun;
    private int _inUse;

    public long Id => id;

    public string Namespace => ns;

    /// <summary>When a batch was last fetched, as the clock's timestamp.</summary>
    public long LastUsed { get; set; }

    public bool IsExhausted => _begun && _next is null;

    /// <summary>Up to <paramref name="most"/> documents, fewer where they would not fit into one reply.</summary>
    public BsonArray NextBatch(int most)
    {
        if (Interlocked.Exchange(ref _inUse, 1) == 1)
            throw new CommandException(ErrorCode.CursorInUse, $"cursor id {id} is already in use");

        try
        {
            if (!_begun)
            {
                _begun = true;
                Advance();
            }

            var batch = new BsonArray();
            var room = Limits.BatchBytes;
            while (_next is not null && batch.Count < most && (batch.Count == 0 || _next.Length <= room))
            {
                room -= _next.Length;
                batch.Add(new RawBsonDocument(_next));
                Advance();
            }

            return batch;
        }
        finally
        {
            Volatile.Write(ref _inUse, 0);
        }
    }

    private void Advance() => _next = _documents.MoveNext() ? _documents.Current : null;
}
