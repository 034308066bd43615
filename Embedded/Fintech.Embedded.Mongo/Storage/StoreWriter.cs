using Fintech.Embedded.Mongo.Commands;
using Fintech.Embedded.Mongo.Query;
using MongoDB.Bson;

namespace Fintech.Embedded.Mongo.Storage;

/// <summary>The changes one can make while the store's lock is held.</summary>
internal sealed class StoreWriter(Catalog catalog, Journal journal)
{
    public Collection? Find(Namespace name) => catalog.Find(name);

    public IEnumerable<Namespace> CollectionsOf(string database) =>
        [.. catalog.Collections.Select(pair => pair.Key).Where(name => name.Database == database)];

    /// <summary>Documents that match, found before any is changed: an update must not meet its own result.</summary>
    public StoredDocument[] Matching(Namespace name, Filter filter, bool firstOnly)
    {
        var matching = (catalog.Find(name)?.Candidates(filter) ?? []).Where(stored => filter.Matches(stored.Open()));
        return firstOnly ? [.. matching.Take(1)] : [.. matching];
    }

    public void Insert(Namespace name, byte[] bson)
    {
        CreateCollection(name);
        Do(JournalEntry.Of(Change.Insert, name, bson));
    }

    public void Replace(Namespace name, byte[] bson) => Do(JournalEntry.Of(Change.Replace, name, bson));

    public void Delete(Namespace name, StoredDocument document) =>
        Do(JournalEntry.Of(Change.Delete, name, new BsonDocument("_id", document.Open()["_id"])));

    /// <summary>False where there is one already.</summary>
    public bool CreateCollection(Namespace name)
    {
        if (catalog.Find(name) is not null)
            return false;

        Do(JournalEntry.Of(Change.CreateCollection, name));
        return true;
    }

    public void DropCollection(Namespace name) => Do(JournalEntry.Of(Change.DropCollection, name));

    /// <summary>False where the very same index is there already.</summary>
    public bool CreateIndex(Namespace name, IndexDefinition definition)
    {
        foreach (var existing in catalog.Find(name)!.Indexes)
        {
            if (existing.Name == definition.Name && existing.SameAs(definition))
                return false;

            if (existing.Name == definition.Name)
            {
                throw new CommandException(
                    ErrorCode.IndexKeySpecsConflict,
                    $"An existing index has the same name as the requested index '{definition.Name}', but another key or other options.");
            }

            if (existing.Key == definition.Key)
            {
                throw new CommandException(
                    ErrorCode.IndexOptionsConflict,
                    $"Index already exists with a different name or other options: {existing.Name}");
            }
        }

        Do(JournalEntry.Of(Change.CreateIndex, name, definition.ToDocument()));
        return true;
    }

    public void DropIndex(Namespace name, string index) => Do(JournalEntry.Of(Change.DropIndex, name, new BsonDocument("name", index)));

    /// <summary>Memory first: what it refuses, a duplicate key, is never written.</summary>
    private void Do(JournalEntry entry)
    {
        catalog.Apply(entry);
        journal.Append(entry);
    }
}
