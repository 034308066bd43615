using System.Text.RegularExpressions;

namespace Fintech.Embedded.Hosting.Postgres;

/// <summary>What initdb prints: thirty lines, one of which is the reason.</summary>
internal static partial class InitdbOutput
{
    // creating configuration files ... ok
    // running bootstrap script ... 2026-11-23 11:08:34.778 UTC [2920] FATAL:  could not write to file "base/5/1259": No space left on device
    // initdb: error: could not create directory "/srv/fintech/oltp": Permission denied
    // child process exited with exit code 1
    public static string? ReasonIn(string output) => Reason().Match(output) is { Success: true } match ? match.Groups["text"].Value.Trim().TrimEnd('.') : null;

    [GeneratedRegex(@"(\b(FATAL|PANIC):|^initdb: error:)[ ]+(?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Reason();
}
