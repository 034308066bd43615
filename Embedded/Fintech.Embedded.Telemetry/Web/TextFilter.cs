namespace Fintech.Embedded.Telemetry.Web;

/// <summary>Words that must all be found, each anywhere: <c>XADD 4711</c>, <c>http.route=/alerts</c>.</summary>
internal sealed class TextFilter(string? text)
{
    private readonly string[] words = (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public bool IsEmpty => words.Length == 0;

    /// <summary>Reads no further than it must: what is dear to produce comes last.</summary>
    public bool Finds(IEnumerable<string> texts)
    {
        if (IsEmpty)
            return true;

        var missing = words.ToList();
        foreach (var candidate in texts)
        {
            missing.RemoveAll(word => candidate.Contains(word, StringComparison.OrdinalIgnoreCase));
            if (missing.Count == 0)
                return true;
        }

        return false;
    }
}
