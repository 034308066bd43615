using System.Globalization;
using System.Text.Json;
using Fintech.Etl.Worker.Commands;
using Microsoft.Extensions.DependencyInjection;

namespace Fintech.Etl.Worker.Status;

/// <summary><c>status [--runs N] [--json]</c>: how the platform stands, by its books.</summary>
internal static class StatusCommand
{
    private const string Usage = "Usage: status [--runs N] [--json].";
    private const int DefaultRuns = 10;

    public static async Task<int> ExecuteAsync(string[] words)
    {
        var arguments = Arguments.Parse(words, ["--runs"], ["--json"], out var fault);
        var runs = DefaultRuns;
        fault ??= arguments.Positional is [var extra, ..] ? $"'{extra}' is no option of this command."
            : arguments.Value("--runs") is { } text && !(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out runs) && runs > 0)
                ? $"--runs is '{text}'; a number above zero is expected."
                : null;
        if (fault is not null)
            return await CommandHost.SayAsync(ExitCode.Misused, $"{fault} {Usage}");

        return await CommandHost.RunAsync(async (services, cancellationToken) =>
        {
            var report = await ActivatorUtilities.CreateInstance<StatusReader>(services).ReadAsync(runs, cancellationToken);
            if (arguments.Has("--json"))
                Console.WriteLine(JsonSerializer.Serialize(report, StatusJson.Default.StatusReport));
            else
                StatusPage.Write(Console.Out, report);
            return report.LastPass?.Status == "failed" ? ExitCode.Failed : ExitCode.Succeeded;
        });
    }
}
