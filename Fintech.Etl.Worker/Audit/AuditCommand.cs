using System.Globalization;
using Fintech.Etl.Worker.Batch;
using Fintech.Etl.Worker.Commands;
using Microsoft.Extensions.Options;

namespace Fintech.Etl.Worker.Audit;

/// <summary><c>audit [--repair] [--block IDS]</c>: compares the facts with their source, and puts them right.</summary>
internal static class AuditCommand
{
    private const string Usage = "Usage: audit [--repair] [--block IDS]; IDS is how many ids are counted and summed as one.";

    public static async Task<int> ExecuteAsync(string[] options) => TryParse(options, out var repair, out var block, out var fault)
        ? await CommandHost.RunAsync((services, cancellationToken) => RunAsync(services, repair, block, cancellationToken))
        : await CommandHost.SayAsync(ExitCode.Misused, $"{fault} {Usage}");

    private static async Task<int> RunAsync(IServiceProvider services, bool repair, long? block, CancellationToken cancellationToken)
    {
        var size = block ?? services.GetRequiredService<IOptions<BatchOptions>>().Value.AuditBlock;
        var report = await services.GetRequiredService<SourceAudit>()
            .RunAsync(new AuditRequest($"command: {Environment.UserName}", repair, size), cancellationToken);
        foreach (var line in Lines(report))
            Console.WriteLine(line);
        return report.IsClean ? ExitCode.Succeeded : ExitCode.Failed;
    }

    internal static IEnumerable<string> Lines(AuditReport report)
    {
        yield return $"source     {report.Source}";
        yield return $"warehouse  {report.Warehouse}";
        yield return string.Create(CultureInfo.InvariantCulture,
            $"blocks     {report.Blocks:N0} of {report.BlockSize:N0} ids, {report.Differing.Count:N0} differ; {report.Aside:N0} ids of the quarantine compared one by one");
        foreach (var difference in report.Differences)
        {
            var sample = difference.Rows == 0 ? "" : $", such as {string.Join(", ", difference.Sample)}";
            yield return string.Create(CultureInfo.InvariantCulture, $"{difference.Kind,-10} {difference.Rows:N0} rows{sample}");
        }

        yield return report.DifferingRows == 0 ? "The facts are what the source holds."
            : report.Repair is not { } repair ? "The facts differ from their source; audit --repair puts them right."
            : string.Create(CultureInfo.InvariantCulture,
                $"Run {repair.RunId} put it right: removed {repair.Removed:N0} facts, loaded {repair.Loaded}, quarantined {repair.Quarantined}; each is in etl.audit.");
    }

    internal static bool TryParse(string[] options, out bool repair, out long? block, out string? fault)
    {
        (repair, block, fault) = (false, null, null);
        for (var i = 0; i < options.Length; i++)
        {
            if (options[i] == "--repair")
            {
                repair = true;
            }
            else if (options[i] == "--block")
            {
                if (i + 1 == options.Length || !long.TryParse(options[++i], NumberStyles.None, CultureInfo.InvariantCulture, out var ids)
                    || ids is < 1 or > AuditRequest.MostBlockSize)
                {
                    fault = $"--block needs a number from 1 to {AuditRequest.MostBlockSize}.";
                    return false;
                }

                block = ids;
            }
            else
            {
                fault = $"'{options[i]}' is no option of this command.";
                return false;
            }
        }

        return true;
    }
}
