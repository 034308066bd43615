using System.Globalization;
using Fintech.Analysis.Warehouse;

namespace Fintech.Analysis;

/// <summary>What was asked for on the command line.</summary>
internal sealed record EdaOptions(Period Period, string? Out, string? Connection)
{
    public const string Help = """
        Usage: dotnet run analysis/eda.cs [options]

          --from DATE        first moment that is read, such as 2026-01-01 or 2026-01-01T12:00Z; UTC where no zone is given
          --to DATE          first moment that is not read
          --out FILE         the document (analysis/out/eda.html)
          --connection TEXT  the warehouse, as an Npgsql connection string; else ConnectionStrings__warehouse, else the local platform
          --help             this text

        Exit codes: 0 written, 1 the warehouse cannot be read, 2 wrong options, 3 nothing to analyse, 130 interrupted.
        """;

    /// <exception cref="AnalysisException">An option is unknown, lacks its value or has one that is none.</exception>
    public static EdaOptions Parse(IReadOnlyList<string> args)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < args.Count; i++)
        {
            // Both forms are usual: --from 2026-01-01 and --from=2026-01-01.
            var (name, value) = args[i].Split('=', 2) is [var left, var right] ? (left, right) : (args[i], null);
            if (name is not ("--from" or "--to" or "--out" or "--connection"))
                throw Wrong($"'{args[i]}' is not an option.");
            value ??= ++i < args.Count ? args[i] : throw Wrong($"{name} needs a value.");
            if (string.IsNullOrWhiteSpace(value))
                throw Wrong($"{name} needs a value.");
            if (!values.TryAdd(name, value))
                throw Wrong($"{name} is given twice.");
        }

        var period = new Period(Moment("--from", values), Moment("--to", values));
        if (period.From >= period.To)
            throw Wrong("--to must be later than --from: it is the first moment that is not read.");
        return new EdaOptions(period, values.GetValueOrDefault("--out"), values.GetValueOrDefault("--connection"));
    }

    private static DateTimeOffset? Moment(string name, Dictionary<string, string> values)
    {
        if (!values.TryGetValue(name, out var text))
            return null;

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment)
            ? moment
            : throw Wrong($"{name} is '{text}', which is no date; 2026-01-31 or 2026-01-31T18:00Z would be one.");
    }

    private static AnalysisException Wrong(string message) => new($"{message} See --help.", ExitCode.Usage);
}
