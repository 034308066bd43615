namespace Fintech.Embedded.Mongo.Storage;

/// <summary>
/// Writes changes down in the order they were made. Whatever has gathered while the disk was busy goes out as one frame with
/// one flush, so that many waiting writers share it.
/// </summary>
internal sealed class Journal : IDisposable
{
    private const int CompactionFrame = 1 << 20;

    private readonly DataFolder _folder;
    private readonly Catalog _catalog;
    private readonly Lock _gate;
    private readonly long _leastWaste;
    private readonly TextWriter _log;
    private readonly SemaphoreSlim _work = new(0);
    private readonly Thread _writer;
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private JournalFile _file;
    private Frame _gathering = new();
    private Frame? _writing;
    private bool _closing;

    /// <param name="gate">Held while the catalog changes: also by whoever calls <see cref="Append"/> and <see cref="WhenDurable"/>.</param>
    /// <param name="leastWaste">How many bytes have to be outdated, at least, before the journal is written anew.</param>
    public Journal(DataFolder folder, JournalFile file, Catalog catalog, Lock gate, long leastWaste, TextWriter log)
    {
        (_folder, _file, _catalog, _gate, _leastWaste, _log) = (folder, file, catalog, gate, leastWaste, log);
        _writer = new Thread(Run) { Name = "journal", IsBackground = true };
        _writer.Start();
    }

    /// <summary>Faults when the disk refuses; from then on nothing is acknowledged.</summary>
    public Task Failed => _failed.Task;

    public void Append(JournalEntry entry)
    {
        if (_gathering.Payload.Length == 0)
            _work.Release();

        entry.Write(_gathering.Payload);
    }

    /// <summary>Ends when all that was appended until now is on the disk.</summary>
    public Task WhenDurable() =>
        _gathering.Payload.Length > 0 ? _gathering.Done.Task
        : _failed.Task.IsCompleted ? _failed.Task
        : _writing?.Done.Task ?? Task.CompletedTask;

    public void Dispose()
    {
        lock (_gate)
            _closing = true;

        _work.Release();
        _writer.Join();
        _file.Dispose();
        _work.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            _work.Wait();

            Frame frame;
            IEnumerable<JournalEntry>? everything;
            lock (_gate)
            {
                if (_gathering.Payload.Length == 0)
                {
                    if (_closing)
                        return;

                    continue;
                }

                (frame, _writing, _gathering) = (_gathering, _gathering, new Frame());

                // What is being written now is part of the catalog already: written anew, the journal holds it, too.
                everything = IsMostlyWaste(frame.Payload.Length) ? _catalog.Recreate() : null;
            }

            try
            {
                if (everything is null)
                    Write(frame);
                else
                    Compact(everything);
            }
            catch (Exception e)
            {
                Fail(frame, e);
                return;
            }

            lock (_gate)
                _writing = null;

            frame.Done.SetResult();
        }
    }

    private void Write(Frame frame)
    {
        _file.Write(frame.Payload.GetBuffer().AsMemory(0, (int)frame.Payload.Length));
        _file.Flush();
    }

    private bool IsMostlyWaste(long adding)
    {
        var waste = _file.Length + adding - _catalog.JournalBytes;
        return waste > _leastWaste && waste > _catalog.JournalBytes;
    }

    /// <summary>The new journal takes the old one's place in one step, after all of it has reached the disk.</summary>
    private void Compact(IEnumerable<JournalEntry> entries)
    {
        var before = _file.Length;
        var fresh = JournalFile.Create(_folder.NewJournal);
        var payload = new MemoryStream();

        foreach (var entry in entries)
        {
            entry.Write(payload);
            if (payload.Length >= CompactionFrame)
                WriteOut();
        }

        if (payload.Length > 0)
            WriteOut();

        fresh.Flush();
        File.Move(_folder.NewJournal, _folder.Journal, overwrite: true);
        _folder.FlushNames();

        _file.Dispose();
        _file = fresh;
        _log.WriteLine($"Compacted the journal from {before:N0} to {fresh.Length:N0} bytes.");

        void WriteOut()
        {
            fresh.Write(payload.GetBuffer().AsMemory(0, (int)payload.Length));
            payload.SetLength(0);
        }
    }

    /// <summary>After a failed flush nobody knows what the disk holds; trying again would pretend to. So this is the end.</summary>
    private void Fail(Frame frame, Exception cause)
    {
        var failure = new DataFolderException($"The journal in {_folder.Path} cannot be written: {cause.Message}", cause);
        lock (_gate)
        {
            _failed.SetException(failure);
            _gathering.Done.SetException(failure);
        }

        frame.Done.SetException(failure);
    }

    private sealed class Frame
    {
        public MemoryStream Payload { get; } = new();

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
