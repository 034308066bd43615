using System.Text;
using Aspire.Hosting;

namespace Fintech.Embedded.Hosting.Running;

/// <summary>A program that is run to its end for what it does.</summary>
internal static class Command
{
    public static async Task<(int ExitCode, string Output)> TryRunAsync(ProcessSpec spec, CancellationToken cancellationToken)
    {
        var output = new StringBuilder();
        using var child = await ChildProcess.StartAsync(spec, line =>
        {
            lock (output)
                output.AppendLine(line);
        });
        await using var cancellation = cancellationToken.Register(child.Kill);
        var exitCode = await child.Exited;

        cancellationToken.ThrowIfCancellationRequested();
        return (exitCode, output.ToString().Trim());
    }

    public static async Task RunAsync(ProcessSpec spec, CancellationToken cancellationToken)
    {
        var (exitCode, output) = await TryRunAsync(spec, cancellationToken);
        if (exitCode != 0)
            throw new DistributedApplicationException($"'{Path.GetFileName(spec.FileName)} {string.Join(' ', spec.Arguments)}' failed with exit code {exitCode}: {output}");
    }
}
