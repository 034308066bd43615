using System.Collections.Concurrent;

namespace Fintech.Embedded.Hosting.Console;

/// <summary>The output of every child: passed on line by line, the last of it kept to explain a failure.</summary>
/// <param name="quiet">Keeps what the children say to itself, until one of them fails.</param>
internal sealed class ResourceLog(Action<string, string> write, bool quiet = false)
{
    private const int Kept = 20;

    private readonly ConcurrentDictionary<string, Queue<string>> _last = new(StringComparer.OrdinalIgnoreCase);

    public void Write(string resource, string line)
    {
        Keep(resource, line);
        if (!quiet)
            write(resource, line);
    }

    /// <summary>A failure, in the host's own words.</summary>
    public void WriteFailure(string resource, string sentence)
    {
        var unheard = quiet ? LastLines(resource) : "";
        Keep(resource, sentence);
        write(resource, sentence + unheard);
    }

    /// <summary>Empty, or the last lines as a block that can follow a sentence.</summary>
    public string LastLines(string resource)
    {
        if (!_last.TryGetValue(resource, out var last))
            return "";

        lock (last)
            return $" Its last lines:{Environment.NewLine}{string.Join(Environment.NewLine, last.Select(line => "  " + line))}";
    }

    private void Keep(string resource, string line)
    {
        var last = _last.GetOrAdd(resource, _ => new());
        lock (last)
        {
            last.Enqueue(line);
            if (last.Count > Kept)
                last.Dequeue();
        }
    }
}
