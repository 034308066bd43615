using Fintech.Embedded.Mongo.Commands;
using Fintech.Embedded.Mongo.Query;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Storage;

/// <summary>
/// The documents of one collection in their natural order, and its indexes. The caller sees to it that one thread at a time is here.
/// </summary>
internal sealed class Collection
{
    /// <summary>What a document takes up in the journal beside its own bytes and the collection's name.</summary>
    private const int JournalOverhead = 40;

    private readonly Namespace _name;
    private readonly List<CollectionIndex> _indexes;
    private List<StoredDocument?> _documents = [];

    public Collection(Namespace name)
    {
        _name = name;
        _indexes = [new CollectionIndex(name, IndexDefinition.Id)];
    }

    public int Count { get; private set; }

    /// <summary>What the documents would take up in a fresh journal, near enough to tell when most of the present one is waste.</summary>
    public long JournalBytes { get; private set; }

    public IEnumerable<IndexDefinition> Indexes => _indexes.Select(index => index.Definition);

    public void Insert(byte[] bson)
    {
        var document = new RawBsonDocument(bson);
        foreach (var index in _indexes)
            index.Check(document, self: null);

        var stored = new StoredDocument(bson, _documents.Count);
        foreach (var index in _indexes)
            index.Add(document, stored);

        _documents.Add(stored);
        Count++;
        JournalBytes += Weight(bson);
    }

    /// <summary>Puts a document in the place of the one with the same <c>_id</c>.</summary>
    public void Replace(byte[] bson)
    {
        var document = new RawBsonDocument(bson);
        var stored = FindById(document["_id"]);
        foreach (var index in _indexes)
            index.Check(document, stored);

        var before = stored.Open();
        foreach (var index in _indexes)
        {
            index.Remove(before, stored);
            index.Add(document, stored);
        }

        JournalBytes += Weight(bson) - Weight(stored.Bson);
        stored.Bson = bson;
    }

    public void Remove(BsonValue id)
    {
        var stored = FindById(id);
        var document = stored.Open();
        foreach (var index in _indexes)
            index.Remove(document, stored);

        _documents[stored.Position] = null;
        Count--;
        JournalBytes -= Weight(stored.Bson);

        if (_documents.Count > 1000 && Count < _documents.Count / 2)
            CloseGaps();
    }

    public void CreateIndex(IndexDefinition definition)
    {
        var index = new CollectionIndex(_name, definition);
        foreach (var stored in All())
        {
            var document = stored.Open();
            index.Check(document, stored);
            index.Add(document, stored);
        }

        _indexes.Add(index);
    }

    public void DropIndex(string name) => _indexes.RemoveAll(index => index.Definition.Name == name);

    /// <summary>Every document that can match the filter, and perhaps more: by an index where one fits, else all.</summary>
    public IEnumerable<StoredDocument> Candidates(Filter? filter)
    {
        if (filter is not null)
        {
            foreach (var index in _indexes)
            {
                if (index.KeyFor(filter) is { } key)
                    return index.With(key);
            }
        }

        return All();
    }

    private IEnumerable<StoredDocument> All() => _documents.OfType<StoredDocument>();

    private StoredDocument FindById(BsonValue id) =>
        _indexes[0].Find(id)
        ?? throw new InvalidOperationException($"{_name} holds no document with the _id {id}, which the journal changes.");

    /// <summary>The indexes are ordered by position, too; moving all documents down in step leaves every comparison as it was.</summary>
    private void CloseGaps()
    {
        _documents = [.. All()];
        for (var i = 0; i < _documents.Count; i++)
            _documents[i]!.Position = i;
    }

    private long Weight(byte[] bson) => bson.Length + _name.Database.Length + _name.Collection.Length + JournalOverhead;
}
