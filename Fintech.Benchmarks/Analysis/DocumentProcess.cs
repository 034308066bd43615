using System.Diagnostics;
using System.Globalization;

namespace Fintech.Benchmarks.Analysis;

/// <param name="Seconds">From the start of the process to its end.</param>
internal sealed record DocumentFigures(double Seconds, double PeakMegabytes);

/// <summary>One document a process: <c>analysis/eda.cs</c>, built before, as <c>dotnet run</c> would run it.</summary>
internal sealed class DocumentProcess(string assembly)
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(20);

    /// <exception cref="BenchmarkException">It failed; says what it said.</exception>
    public async Task<DocumentFigures> RunAsync(string warehouse, CancellationToken cancellationToken)
    {
        var file = Path.Combine(AppContext.BaseDirectory, "eda.html");
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(new ProcessStartInfo("dotnet", [assembly, "--out", file])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["ConnectionStrings__warehouse"] = warehouse },
        })!;
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
            var peak = 0.0;
            while (!process.HasExited)
            {
                peak = Peak(process.Id) ?? peak;
                await Task.Delay(BetweenLooks, cancellationToken);
            }

            var took = watch.Elapsed;
            await process.WaitForExitAsync(cancellationToken);
            if (process.ExitCode != 0)
                throw new BenchmarkException($"The document ended with exit code {process.ExitCode}: {await error}");
            if (Environment.GetEnvironmentVariable("BENCH_VERBOSE") is not null)
                Console.WriteLine(await error + await output);
            return new(took.TotalSeconds, peak);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    /// <summary>Most memory it ever had resident, as the system tells it: <c>VmHWM:	  123456 kB</c>. Null where it has just ended.</summary>
    private static double? Peak(int process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? null : int.Parse(line[6..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture) / 1024.0;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
