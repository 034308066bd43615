using System.Collections.Concurrent;

namespace Fintech.Embedded.Hosting.Console;

/// <summary>The output of every child: passed on line by line, the last of it kept to explain a failure.</summary>
internal sealed class ResourceLog(Action<string, string> write)
{
    private const int Kept = 20;

    private readonly ConcurrentDictionary<string, Queue<string>> _last = new(StringComparer.OrdinalIgnoreCase);

    public void Write(string resource, string line)
    {
        var last = _last.GetOrAdd(resource, _ => new());
        lock (last)
        {
            last.Enqueue(line);
            if (last.Count > Kept)
                last.Dequeue();
        }

        write(resource, line);
    }

    /// <summary>Empty, or the last lines as a block that can follow a sentence.</summary>
    public string LastLines(string resource)
    {
        if (!_last.TryGetValue(resource, out var last))
            return "";

        lock (last)
            return $" Its last lines:{Environment.NewLine}{string.Join(Environment.NewLine, last.Select(line => "  " + line))}";
    }
}
