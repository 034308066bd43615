using Fintech.Embedded.Mongo.Commands;
using Fintech.Embedded.Mongo.Query;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Storage;

/// <summary>
/// An ordered index over one or several fields. A document with an array in an indexed field stands in it once for each element.
/// The caller sees to it that one thread at a time is here.
/// </summary>
internal sealed class CollectionIndex(Namespace collection, IndexDefinition definition)
{
    private static readonly StoredDocument BeforeAll = new([], int.MinValue);
    private static readonly StoredDocument AfterAll = new([], int.MaxValue);

    private readonly SortedSet<Entry> _entries = new(definition.Unique ? Entry.ByKey : Entry.ByKeyAndPosition);

    public IndexDefinition Definition => definition;

    /// <summary>
    /// Throws where the document cannot stand here: another than <paramref name="self"/> has a key of it and the index is unique.
    /// </summary>
    public void Check(BsonDocument document, StoredDocument? self)
    {
        foreach (var key in KeysOf(document))
        {
            if (definition.Unique && Find(key) is { } found && found != self)
                throw CommandException.DuplicateKey(collection.ToString(), definition.Name, definition.Key, KeyValue(key));
        }
    }

    public void Add(BsonDocument document, StoredDocument stored)
    {
        foreach (var key in KeysOf(document))
            _entries.Add(new Entry(key, stored));
    }

    public void Remove(BsonDocument document, StoredDocument stored)
    {
        foreach (var key in KeysOf(document))
            _entries.Remove(new Entry(key, stored));
    }

    /// <summary>The document of a key in a unique index.</summary>
    public StoredDocument? Find(BsonValue key) =>
        _entries.TryGetValue(new Entry(key, BeforeAll), out var found) ? found.Document : null;

    public IEnumerable<StoredDocument> With(BsonValue key) =>
        definition.Unique
            ? Find(key) is { } found ? [found] : []
            : _entries.GetViewBetween(new Entry(key, BeforeAll), new Entry(key, AfterAll)).Select(entry => entry.Document);

    /// <summary>
    /// The key under which every document that matches the filter stands here; null where this index cannot serve the filter:
    /// it must ask each field of the key for one plain value.
    /// </summary>
    public BsonValue? KeyFor(Filter filter)
    {
        var values = new BsonArray();
        foreach (var path in definition.Paths)
        {
            // Arrays are not found by their elements, and a sparse index does not know who lacks a field.
            if (!filter.Equalities.TryGetValue(path.Text, out var value) || value is BsonArray || (definition.Sparse && value is BsonNull))
                return null;

            values.Add(value);
        }

        return values.Count == 1 ? values[0] : values;
    }

    /// <summary>Several fields make one key, an array of their values, which is ordered as the fields are.</summary>
    private List<BsonValue> KeysOf(BsonDocument document)
    {
        if (definition.Sparse && !definition.Paths.Any(path => path.Any(document, value => value is not null)))
            return [];

        if (definition.Paths is [var single])
            return single.Keys(document);

        var values = definition.Paths.Select(path => path.Keys(document)).ToArray();
        if (values.Count(several => several.Count > 1) > 1)
            throw new CommandException(ErrorCode.CannotIndexParallelArrays, $"cannot index parallel arrays in index {definition.Name}");

        var count = values.Max(several => several.Count);
        return [.. Enumerable.Range(0, count).Select(i => new BsonArray(values.Select(several => several[several.Count == 1 ? 0 : i])))];
    }

    private BsonDocument KeyValue(BsonValue key)
    {
        var values = definition.Paths.Length == 1 ? [key] : key.AsBsonArray;
        return new BsonDocument(definition.Paths.Zip(values, (path, value) => new BsonElement(path.Text, value)));
    }

    private readonly record struct Entry(BsonValue Key, StoredDocument Document)
    {
        public static readonly IComparer<Entry> ByKey =
            Comparer<Entry>.Create((x, y) => BsonOrder.Compare(x.Key, y.Key));

        public static readonly IComparer<Entry> ByKeyAndPosition =
            Comparer<Entry>.Create((x, y) => BsonOrder.Compare(x.Key, y.Key) is var order and not 0
                ? order
                : x.Document.Position.CompareTo(y.Document.Position));
    }
}
