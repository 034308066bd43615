using System.Diagnostics;

namespace Fintech.Benchmarks.Etl;

/// <summary>The worker as it is shipped: published for this platform, so compiled ahead.</summary>
internal static class PublishedWorker
{
    private static readonly string Project = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "Fintech.Etl.Worker"));
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "worker");

    /// <returns>The path of its assembly.</returns>
    /// <exception cref="BenchmarkException">It cannot be published; says what the build said.</exception>
    public static async Task<string> PublishAsync(CancellationToken cancellationToken)
    {
        Console.WriteLine("Publishing the worker.");
        using var publish = Process.Start(new ProcessStartInfo(
            "dotnet", ["publish", Project, "-c", "Release", "--use-current-runtime", "--no-self-contained", "-o", Folder, "--nologo", "-v", "quiet"])
        {
            RedirectStandardOutput = true,
        })!;
        try
        {
            var output = await publish.StandardOutput.ReadToEndAsync(cancellationToken);
            await publish.WaitForExitAsync(cancellationToken);
            return publish.ExitCode == 0 ? Path.Combine(Folder, "Fintech.Etl.Worker.dll") : throw new BenchmarkException($"The worker cannot be published: {output}");
        }
        finally
        {
            if (!publish.HasExited)
                publish.Kill(entireProcessTree: true);
        }
    }
}
