using System.Globalization;

namespace Fintech.Producer.Replay;

/// <summary>What was asked for: <c>file.csv --speed 60 --map timestamp=tx_datetime --set currency=EUR</c>.</summary>
internal sealed record ReplayArguments
{
    public const string Usage = """
        Usage: replay FILE [options]       FILE is CSV, or CSV in gzip where it ends with .gz
          --speed N|max             multiple of real time (1)
          --map FIELD=COLUMN        which column holds a field, where the names differ; repeatable
          --set FIELD=TEXT          a text for a field, with columns in braces: --set "merchant_name=Terminal {terminal_id}"; repeatable
          --rebase                  moves all times alike, so that the last one is now; ids get the moment appended
          --rebase-to MOMENT        the same with a moment given, to send once more what --rebase sent
          --time-format FORMAT      of the timestamps, where they are neither ISO 8601 nor Unix seconds: dd/MM/yyyy HH:mm
          --source NAME             the ledger the transactions belong to (replay)
          --separator CHARACTER     between columns, where it cannot be told from the first lines; \t for a tab
        """;

    private const string DefaultSource = "replay";

    public required string File { get; init; }

    /// <summary>Null for as fast as Redis takes them.</summary>
    public double? Speed { get; init; } = 1;

    /// <summary>By field of the contract, a template: <c>{tx_datetime}</c>.</summary>
    public required IReadOnlyDictionary<string, string> Templates { get; init; }

    public bool Rebase { get; init; }

    /// <summary>What the file's last time becomes; null for the moment of the start.</summary>
    public DateTimeOffset? RebaseTo { get; init; }

    public string? TimeFormat { get; init; }

    public char? Separator { get; init; }

    /// <param name="fault">What is wrong, in a sentence; null where nothing is.</param>
    public static ReplayArguments? Parse(IReadOnlyList<string> words, out string? fault)
    {
        var templates = new Dictionary<string, string>(StringComparer.Ordinal) { ["source"] = DefaultSource };
        var parsed = new ReplayArguments { File = "", Templates = templates };
        fault = null;
        for (var i = 0; i < words.Count && fault is null; i++)
        {
            var word = words[i];
            var takesValue = word is "--speed" or "--map" or "--set" or "--rebase-to" or "--time-format" or "--source" or "--separator";
            if (takesValue && i + 1 == words.Count)
                fault = $"{word} needs a value.";
            else if (takesValue)
                parsed = parsed.With(word, words[++i], templates, out fault);
            else if (word == "--rebase")
                parsed = parsed with { Rebase = true };
            else if (word.StartsWith('-'))
                fault = $"'{word}' is no option of replay.";
            else if (parsed.File.Length > 0)
                fault = $"One file at a time is replayed, not both '{parsed.File}' and '{word}'.";
            else
                parsed = parsed with { File = word };
        }

        if (fault is null && parsed.File.Length == 0)
            fault = "No file is named.";
        return fault is null ? parsed : null;
    }

    private ReplayArguments With(string option, string value, Dictionary<string, string> templates, out string? fault)
    {
        fault = null;
        switch (option)
        {
            case "--speed" when value == "max":
                return this with { Speed = null };
            case "--speed" when double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var speed) && speed > 0:
                return this with { Speed = speed };
            case "--speed":
                fault = "--speed is a number above zero, or max.";
                return this;
            case "--rebase-to" when DateTimeOffset.TryParse(
                value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment):
                return this with { Rebase = true, RebaseTo = moment };
            case "--rebase-to":
                fault = "--rebase-to is a moment in ISO 8601: 2026-01-01T00:00:00Z.";
                return this;
            case "--separator" when value is "\\t" or [_]:
                return this with { Separator = value is [var character] ? character : '\t' };
            case "--separator":
                fault = "--separator is one character, or \\t.";
                return this;
            case "--time-format":
                return this with { TimeFormat = value };
            case "--source":
                templates["source"] = value;
                return this;
            default:
                fault = Assign(option, value, templates);
                return this;
        }
    }

    private static string? Assign(string option, string value, Dictionary<string, string> templates)
    {
        var equals = value.IndexOf('=');
        if (equals <= 0)
            return $"{option} is FIELD={(option == "--map" ? "COLUMN" : "TEXT")}; '{value}' is not.";

        var field = value[..equals];
        if (!ReplayRow.Fields.Contains(field))
            return $"'{field}' is no field of a transaction; these are: {string.Join(", ", ReplayRow.Fields)}.";

        templates[field] = option == "--map" ? $"{{{value[(equals + 1)..]}}}" : value[(equals + 1)..];
        return null;
    }
}
