using System.Diagnostics;
using System.Globalization;
using Fintech.Etl.Worker.Commands;

namespace Fintech.Etl.Worker.Batch;

/// <summary><c>run [--full] [--from DATE] [--to DATE] [--dry-run]</c>: one pass as a command.</summary>
internal static class RunCommand
{
    private const string Usage = "Usage: run [--full | --from DATE --to DATE] [--dry-run]; DATE as 2026-01-31 or 2026-01-31T18:30, --to is the first moment not read.";

    public static async Task<int> ExecuteAsync(string[] options) => TryParse(options, out var request, out var fault)
        ? await CommandHost.RunAsync((services, cancellationToken) => RunAsync(services, request, cancellationToken))
        : await CommandHost.SayAsync(ExitCode.Misused, $"{fault} {Usage}");

    private static async Task<int> RunAsync(IServiceProvider services, BatchRequest request, CancellationToken cancellationToken)
    {
        var report = new PassReport();
        await PassProgress.ShowAsync(report, services.GetRequiredService<BatchPass>().RunAsync(request, report, cancellationToken));
        foreach (var line in report.Stages)
            Console.WriteLine(line);
        if (request.DryRun)
            WriteFindings(report);
        foreach (var (currency, totals) in report.Books.Pages.Count() > 1 ? report.Books.Pages : [("", report.Totals)])
            Console.WriteLine(Sentence(request, $"{report.RunId}{(currency == "" ? "" : $", {currency}")}", totals));
        using var self = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Took {report.Took.TotalSeconds:F2} s; memory: peak {self.PeakWorkingSet64 / 1e6:N0} MB, allocated {GC.GetTotalAllocatedBytes() / 1e6:N1} MB"));
        return ExitCode.Succeeded;
    }

    private static string Sentence(BatchRequest request, string run, PassTotals totals) => request.DryRun
        ? $"Dry run {run}: read {totals.Read} = would load {totals.Loaded} + would quarantine {totals.Quarantined} + already known {totals.Known}. Nothing was changed."
        : $"Run {run}: read {totals.Read} = loaded {totals.Loaded} + quarantined {totals.Quarantined} + already known {totals.Known}";

    /// <summary><c>CHECK      amount_not_positive            305 rows  quarantine  such as 12, 40</c></summary>
    private static void WriteFindings(PassReport report)
    {
        foreach (var result in report.Checks.Where(result => !result.Passed))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"CHECK      {result.Check.Name,-24} {result.Failures,14:N0} rows  {Reconcile.Lower(result.Check.Severity),-10}  such as {string.Join(", ", result.Sample)}"));
        }
    }

    internal static bool TryParse(string[] options, out BatchRequest request, out string? fault)
    {
        request = new BatchRequest { Trigger = "command" };
        for (var i = 0; i < options.Length; i++)
        {
            switch (options[i])
            {
                case "--full":
                    request = request with { Full = true };
                    break;
                case "--dry-run":
                    request = request with { DryRun = true };
                    break;
                case "--from" or "--to" when i + 1 < options.Length && TryParseDate(options[i + 1], out var date):
                    request = options[i] == "--from" ? request with { From = date } : request with { To = date };
                    i++;
                    break;
                case "--from" or "--to":
                    fault = $"{options[i]} needs a date.";
                    return false;
                default:
                    fault = $"'{options[i]}' is no option of this command.";
                    return false;
            }
        }

        fault = (request.Full && (request.From ?? request.To) is not null) ? "--full reads everything, --from and --to a part: give one or the other."
            : request.From >= request.To ? "--from must be before --to."
            : null;
        return fault is null;
    }

    private static bool TryParseDate(string text, out DateTime date) => DateTime.TryParseExact(
        text, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out date);
}
