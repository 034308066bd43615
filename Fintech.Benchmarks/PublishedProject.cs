using System.Diagnostics;

namespace Fintech.Benchmarks;

/// <summary>A service as it is shipped: published for this platform, so compiled ahead.</summary>
internal static class PublishedProject
{
    private static readonly string Repository = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", ".."));

    public static Task<string> WorkerAsync(CancellationToken cancellationToken) => PublishAsync("Fintech.Etl.Worker", [], cancellationToken);

    /// <summary>Without the page, which no benchmark looks at.</summary>
    public static Task<string> DashboardAsync(CancellationToken cancellationToken) => PublishAsync("Fintech.Dashboard", ["-p:SkipClientApp=true"], cancellationToken);

    /// <summary>The document's file-based app, which <c>dotnet run</c> builds and does not publish.</summary>
    /// <returns>The path of its assembly.</returns>
    public static async Task<string> DocumentAsync(CancellationToken cancellationToken)
    {
        Console.WriteLine("Building analysis/eda.cs.");
        var folder = Path.Combine(AppContext.BaseDirectory, "published", "eda");
        await RunAsync("analysis/eda.cs", ["build", Path.Combine(Repository, "analysis", "eda.cs"), "-o", folder, "--nologo", "-v", "quiet"], cancellationToken);
        return Path.Combine(folder, "eda.dll");
    }

    /// <returns>The path of its assembly.</returns>
    /// <exception cref="BenchmarkException">It cannot be published; says what the build said.</exception>
    private static async Task<string> PublishAsync(string project, string[] properties, CancellationToken cancellationToken)
    {
        Console.WriteLine($"Publishing {project}.");
        var folder = Path.Combine(AppContext.BaseDirectory, "published", project);
        await RunAsync(project, ["publish", Path.Combine(Repository, project), "-c", "Release", "--use-current-runtime", "--no-self-contained", "-o", folder, "--nologo", "-v", "quiet", .. properties], cancellationToken);
        return Path.Combine(folder, $"{project}.dll");
    }

    private static async Task RunAsync(string what, string[] arguments, CancellationToken cancellationToken)
    {
        using var dotnet = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        try
        {
            var output = await dotnet.StandardOutput.ReadToEndAsync(cancellationToken);
            await dotnet.WaitForExitAsync(cancellationToken);
            if (dotnet.ExitCode != 0)
                throw new BenchmarkException($"{what} cannot be built: {output}");
        }
        finally
        {
            if (!dotnet.HasExited)
                dotnet.Kill(entireProcessTree: true);
        }
    }
}
