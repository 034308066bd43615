namespace Fintech.Etl.Worker.Commands;

/// <summary>What follows the name of a command: values by position, options with a value (repeatable), and flags.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, List<string>> valued = new(StringComparer.Ordinal);
    private readonly HashSet<string> flags = new(StringComparer.Ordinal);
    private readonly List<string> positional = [];

    public IReadOnlyList<string> Positional => positional;

    public bool Has(string flag) => flags.Contains(flag);

    public string? Value(string option) => valued.TryGetValue(option, out var values) ? values[^1] : null;

    public IReadOnlyList<string> Values(string option) => valued.TryGetValue(option, out var values) ? values : [];

    /// <param name="takingValues">Options that a value follows.</param>
    /// <param name="alone">Options that stand alone.</param>
    /// <param name="fault">What is wrong, in a sentence; null where nothing is.</param>
    public static Arguments Parse(IReadOnlyList<string> words, string[] takingValues, string[] alone, out string? fault)
    {
        var arguments = new Arguments();
        fault = null;
        for (var i = 0; i < words.Count && fault is null; i++)
        {
            var word = words[i];
            if (alone.Contains(word))
                arguments.flags.Add(word);
            else if (takingValues.Contains(word) && i + 1 < words.Count)
                (arguments.valued.TryGetValue(word, out var values) ? values : arguments.valued[word] = []).Add(words[++i]);
            else if (takingValues.Contains(word))
                fault = $"{word} needs a value.";
            else if (word.StartsWith("--", StringComparison.Ordinal))
                fault = $"'{word}' is no option of this command.";
            else
                arguments.positional.Add(word);
        }

        return arguments;
    }
}
