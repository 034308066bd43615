using System.Globalization;
using Fintech.Etl.Worker.Commands;

namespace Fintech.Etl.Worker.Privacy;

/// <summary><c>rotate-key [--batch N]</c>: carries the warehouse from the former key to the current one.</summary>
internal static class RotateKeyCommand
{
    private const int DefaultBatch = 10_000;
    private const string Usage = "Usage: rotate-key [--batch 10000]; Privacy:PiiKey is the new key, Privacy:FormerKey the one until now.";

    public static async Task<int> ExecuteAsync(string[] options) => Batch(options) is { } batch
        ? await CommandHost.RunAsync((services, cancellationToken) => RunAsync(services, batch, cancellationToken))
        : await CommandHost.SayAsync(ExitCode.Misused, $"The options were not understood. {Usage}");

    internal static int? Batch(string[] options) => options switch
    {
        [] => DefaultBatch,
        ["--batch", var text] when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var batch) && batch > 0 => batch,
        _ => null,
    };

    private static async Task<int> RunAsync(IServiceProvider services, int batch, CancellationToken cancellationToken)
    {
        var report = await services.GetRequiredService<KeyRotation>().RunAsync(batch, Tell, cancellationToken);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Key version {report.Version} is complete: {report.Customers:N0} customers re-hashed, {report.Sealed:N0} rows of the quarantine sealed again."));
        if (report.Unreadable > 0)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{report.Unreadable:N0} rows of the quarantine are sealed under neither key and stay as they are."));
        if (report.Left > 0)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{report.Left:N0} customers are no longer in the source and keep their hashes of the former key, as closed versions do."));
        Console.WriteLine("Privacy:FormerKey is no longer needed, once every worker was started with the new key.");
        return ExitCode.Succeeded;
    }

    private static Task Tell(RotationReport report) => Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
        $"Key version {report.Version}: {report.Customers:N0} customers re-hashed, {report.Sealed:N0} rows sealed again"));
}
