using System.Diagnostics;

namespace Fintech.Benchmarks;

/// <summary>A service as it is shipped: published for this platform, so compiled ahead.</summary>
internal static class PublishedProject
{
    private static readonly string Repository = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", ".."));

    public static Task<string> WorkerAsync(CancellationToken cancellationToken) => PublishAsync("Fintech.Etl.Worker", [], cancellationToken);

    /// <summary>Without the page, which no benchmark looks at.</summary>
    public static Task<string> DashboardAsync(CancellationToken cancellationToken) => PublishAsync("Fintech.Dashboard", ["-p:SkipClientApp=true"], cancellationToken);

    /// <returns>The path of its assembly.</returns>
    /// <exception cref="BenchmarkException">It cannot be published; says what the build said.</exception>
    private static async Task<string> PublishAsync(string project, string[] properties, CancellationToken cancellationToken)
    {
        Console.WriteLine($"Publishing {project}.");
        var folder = Path.Combine(AppContext.BaseDirectory, "published", project);
        using var publish = Process.Start(new ProcessStartInfo(
            "dotnet", ["publish", Path.Combine(Repository, project), "-c", "Release", "--use-current-runtime", "--no-self-contained", "-o", folder, "--nologo", "-v", "quiet", .. properties])
        {
            RedirectStandardOutput = true,
        })!;
        try
        {
            var output = await publish.StandardOutput.ReadToEndAsync(cancellationToken);
            await publish.WaitForExitAsync(cancellationToken);
            return publish.ExitCode == 0 ? Path.Combine(folder, $"{project}.dll") : throw new BenchmarkException($"{project} cannot be published: {output}");
        }
        finally
        {
            if (!publish.HasExited)
                publish.Kill(entireProcessTree: true);
        }
    }
}
