using System.Globalization;

namespace Fintech.Benchmarks;

/// <summary>What was asked for: <c>etl --rows 1000000</c>.</summary>
internal sealed class BenchmarkOptions
{
    private readonly Dictionary<string, string> values = [];

    /// <exception cref="BenchmarkException">An option has no value, or no name.</exception>
    public BenchmarkOptions(string[] args)
    {
        Name = args.FirstOrDefault() ?? "";
        for (var i = 1; i < args.Length; i += 2)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal) || i + 1 == args.Length)
                throw new BenchmarkException($"'{args[i]}' is no option with a value.");
            values[args[i][2..]] = args[i + 1];
        }
    }

    public string Name { get; }

    public string? Text(string name) => values.GetValueOrDefault(name);

    /// <exception cref="BenchmarkException">It is no whole number from 1 up.</exception>
    public int Number(string name, int otherwise)
    {
        if (Text(name) is not { } text)
            return otherwise;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new BenchmarkException($"--{name} is '{text}'; a whole number from 1 up is needed.");
    }
}

/// <summary>A sentence for whoever runs the benchmark.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
