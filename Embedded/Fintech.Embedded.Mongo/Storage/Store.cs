using Fintech.Embedded.Mongo.Query;

namespace Fintech.Embedded.Mongo.Storage;

/// <summary>
/// The data of this server. A change is made in memory and written to the journal in one step, under one lock; readers hold that
/// lock only while they take references to the documents they want, which never change.
/// </summary>
internal sealed class Store : IDisposable
{
    public const long DefaultLeastWaste = 16 << 20;

    private readonly Lock _gate = new();
    private readonly Catalog _catalog = new();
    private readonly DataFolder _folder;
    private readonly Journal _journal;

    private Store(DataFolder folder, long leastWaste, TextWriter log)
    {
        _folder = folder;
        _journal = new Journal(folder, Recover(log), _catalog, _gate, leastWaste, log);
    }

    /// <summary>Faults when the disk refuses; the server cannot go on then.</summary>
    public Task Failed => _journal.Failed;

    public static Store Open(string path, TextWriter log, long leastWaste = DefaultLeastWaste)
    {
        var folder = DataFolder.Open(path);
        try
        {
            return new Store(folder, leastWaste, log);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>The documents that can match, as they are at this moment; all of them if the filter gives no hint.</summary>
    public byte[][] Read(Namespace name, Filter? filter)
    {
        lock (_gate)
            return _catalog.Find(name)?.Candidates(filter).Select(document => document.Bson).ToArray() ?? [];
    }

    public T Inspect<T>(Func<Catalog, T> look)
    {
        lock (_gate)
            return look(_catalog);
    }

    /// <summary>
    /// Changes that belong together: nobody sees the first without the last. Await <see cref="WhenDurable"/> before you tell anyone.
    /// </summary>
    public T Write<T>(Func<StoreWriter, T> change)
    {
        lock (_gate)
            return change(new StoreWriter(_catalog, _journal));
    }

    public void Write(Action<StoreWriter> change) => Write(writer =>
    {
        change(writer);
        return true;
    });

    /// <summary>Ends when every change made until now is on the disk.</summary>
    public Task WhenDurable()
    {
        lock (_gate)
            return _journal.WhenDurable();
    }

    public void Dispose()
    {
        _journal.Dispose();
        _folder.Dispose();
    }

    private JournalFile Recover(TextWriter log)
    {
        File.Delete(_folder.NewJournal);

        var end = File.Exists(_folder.Journal) ? JournalReader.Read(_folder.Journal, _catalog.Apply) : 0;
        if (end == 0)
        {
            var created = JournalFile.Create(_folder.Journal);
            _folder.FlushNames();
            return created;
        }

        var torn = new FileInfo(_folder.Journal).Length - end;
        if (torn > 0)
            log.WriteLine($"Cut {torn:N0} bytes off {_folder.Journal}: a write that was never acknowledged ended in the middle.");

        return JournalFile.Open(_folder.Journal, end);
    }
}
