using System.Collections.Concurrent;
using System.Security.Cryptography;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Cursors;

/// <summary>The open cursors. One that nobody asks any more is closed after ten minutes, as MongoDB does.</summary>
internal sealed class CursorRegistry : IDisposable
{
    /// <summary>How many documents the first batch holds where the client did not say.</summary>
    public const int DefaultFirstBatch = 101;

    private static readonly TimeSpan IdleLimit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<long, Cursor> _cursors = new();
    private readonly TimeProvider _time;
    private readonly ITimer _sweep;

    public CursorRegistry(TimeProvider time)
    {
        _time = time;
        _sweep = time.CreateTimer(_ => CloseIdle(), state: null, SweepPeriod, SweepPeriod);
    }

    /// <summary>
    /// The answer of a command that opens a cursor: <c>{ cursor: { id: 0, ns: "…", firstBatch: […] } }</c>; id 0 says this was all.
    /// </summary>
    public BsonDocument Open(string ns, IEnumerable<BsonDocument> documents, int batchSize = DefaultFirstBatch, bool singleBatch = false)
    {
        var cursor = new Cursor(BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))) & long.MaxValue, ns, documents);
        var batch = cursor.NextBatch(batchSize);
        var open = !cursor.IsExhausted && !singleBatch;

        if (open)
        {
            cursor.LastUsed = _time.GetTimestamp();
            _cursors[cursor.Id] = cursor;
        }

        return Answer(cursor, "firstBatch", batch, open);
    }

    /// <summary>Null where there is no such cursor.</summary>
    public BsonDocument? Continue(long id, string ns, int batchSize)
    {
        if (!_cursors.TryGetValue(id, out var cursor) || cursor.Namespace != ns)
            return null;

        var batch = cursor.NextBatch(batchSize);
        cursor.LastUsed = _time.GetTimestamp();

        if (cursor.IsExhausted)
            Close(id);

        return Answer(cursor, "nextBatch", batch, open: !cursor.IsExhausted);
    }

    public bool Close(long id) => _cursors.TryRemove(id, out _);

    public void Dispose() => _sweep.Dispose();

    private void CloseIdle()
    {
        foreach (var cursor in _cursors.Values)
        {
            if (_time.GetElapsedTime(cursor.LastUsed) > IdleLimit)
                Close(cursor.Id);
        }
    }

    private static BsonDocument Answer(Cursor cursor, string batchName, BsonArray batch, bool open) => new()
    {
        { "cursor", new BsonDocument { { batchName, batch }, { "id", open ? cursor.Id : 0L }, { "ns", cursor.Namespace } } },
    };
}
