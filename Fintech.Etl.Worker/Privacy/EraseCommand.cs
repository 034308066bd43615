using System.Globalization;
using Fintech.Etl.Worker.Commands;

namespace Fintech.Etl.Worker.Privacy;

/// <summary><c>erase-customer ID [--yes]</c>: takes a person out of the warehouse; without <c>--yes</c> tells what that would be.</summary>
internal static class EraseCommand
{
    private const string Usage = "Usage: erase-customer ID [--yes]; without --yes it only tells what would be erased.";

    public static async Task<int> ExecuteAsync(string[] options) => TryParse(options, out var customerId, out var yes)
        ? await CommandHost.RunAsync((services, cancellationToken) => RunAsync(services, customerId, yes, cancellationToken))
        : await CommandHost.SayAsync(ExitCode.Misused, $"The options were not understood. {Usage}");

    internal static bool TryParse(string[] options, out long customerId, out bool yes)
    {
        customerId = 0;
        yes = options.Contains("--yes");
        return options.Where(option => option != "--yes").ToArray() is [var id]
            && long.TryParse(id, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out customerId);
    }

    private static async Task<int> RunAsync(IServiceProvider services, long customerId, bool yes, CancellationToken cancellationToken)
    {
        var receipt = await services.GetRequiredService<Erasure>().RunAsync(customerId, rehearse: !yes, CommandRun.Actor, cancellationToken);
        foreach (var line in Lines(receipt, yes))
            Console.WriteLine(line);
        if (yes || receipt is { ErasedBefore: not null, ChangedAnything: false })
            return ExitCode.Succeeded;
        return await CommandHost.SayAsync(ExitCode.Misused, "Nothing was erased: add --yes to do it.");
    }

    internal static IEnumerable<string> Lines(ErasureReceipt receipt, bool done)
    {
        if (receipt.ErasedBefore is { } before)
            yield return string.Create(CultureInfo.InvariantCulture, $"This customer was erased already, on {before:yyyy-MM-dd HH:mm:ss} UTC.");
        if (receipt is { ErasedBefore: not null, ChangedAnything: false })
            yield break;

        yield return Line("versions in dim_customer emptied", receipt.Versions);
        yield return Line("transactions kept, now anonymous", receipt.FactsKept);
        yield return Line("alerts kept, now anonymous", receipt.AlertsKept);
        yield return Line("JSON documents with the id replaced", receipt.Documents);
        yield return Line("samples of checks with the id replaced", receipt.Samples);
        yield return Line("comments and reasons masked", receipt.Texts);
        yield return Line("encrypted rows of the quarantine emptied", receipt.SealedRows);
        if (receipt.SealedRowsUnreadable > 0)
            yield return Line("encrypted rows that no key opens", receipt.SealedRowsUnreadable);
        if (receipt.SealedRowsToLookAt.Count > 0)
            yield return $"These encrypted rows of the quarantine mention the number and have no fields to tell what it is; look at them: {string.Join(", ", receipt.SealedRowsToLookAt)}";
        if (done)
            yield return $"Receipt {receipt.AuditId} in etl.audit, subject {receipt.Subject}";
    }

    private static string Line(string what, long count) => string.Create(CultureInfo.InvariantCulture, $"{what,-44}{count,10:N0}");
}
