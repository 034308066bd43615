namespace Fintech.Embedded.Mongo.Storage;

/// <summary>
/// All collections, in memory. It changes by journal entries alone, new ones and those read back at the start, so that
/// what a restart finds is what was there before. The caller sees to it that one thread at a time is here.
/// </summary>
internal sealed class Catalog
{
    private readonly SortedDictionary<Namespace, Collection> _collections =
        new(Comparer<Namespace>.Create((x, y) => string.CompareOrdinal(x.ToString(), y.ToString())));

    public IEnumerable<KeyValuePair<Namespace, Collection>> Collections => _collections;

    public long JournalBytes => _collections.Values.Sum(collection => collection.JournalBytes);

    public Collection? Find(Namespace name) => _collections.GetValueOrDefault(name);

    /// <summary>Throws, and leaves everything as it was, where a document would break a unique index.</summary>
    public void Apply(JournalEntry entry)
    {
        var (name, content) = (entry.Namespace, entry.Content);
        switch (entry.Change)
        {
            case Change.DropCollection:
                _collections.Remove(name);
                return;

            case Change.CreateCollection:
                _collections.Add(name, new Collection(name));
                return;
        }

        var collection = _collections[name];
        switch (entry.Change)
        {
            case Change.Insert:
                collection.Insert(StoredDocument.BytesOf(content));
                break;

            case Change.Replace:
                collection.Replace(StoredDocument.BytesOf(content));
                break;

            case Change.Delete:
                collection.Remove(content["_id"]);
                break;

            case Change.CreateIndex:
                collection.CreateIndex(IndexDefinition.Parse(content));
                break;

            case Change.DropIndex:
                collection.DropIndex(content["name"].AsString);
                break;
        }
    }

    /// <summary>
    /// What it takes to make this state from nothing. The references are taken at once, the entries are made as they are asked for.
    /// </summary>
    public IEnumerable<JournalEntry> Recreate()
    {
        return Entries([.. _collections.Select(pair => (
            pair.Key,
            pair.Value.Indexes.Skip(1).ToArray(),
            pair.Value.Candidates(filter: null).Select(document => document.Bson).ToArray()))]);

        static IEnumerable<JournalEntry> Entries((Namespace Name, IndexDefinition[] Indexes, byte[][] Documents)[] collections)
        {
            foreach (var (name, indexes, documents) in collections)
            {
                yield return JournalEntry.Of(Change.CreateCollection, name);

                foreach (var index in indexes)
                    yield return JournalEntry.Of(Change.CreateIndex, name, index.ToDocument());

                foreach (var document in documents)
                    yield return JournalEntry.Of(Change.Insert, name, document);
            }
        }
    }
}
