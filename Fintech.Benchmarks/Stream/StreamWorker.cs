using System.Diagnostics;
using System.Globalization;
using Fintech.Benchmarks.Etl;

namespace Fintech.Benchmarks.Stream;

/// <summary>
/// The worker as it is shipped, as a service of its own. Its batch path makes one pass at the start, which finds nothing new, and none
/// for a day; only the stream is at work.
/// </summary>
internal sealed class StreamWorker : IAsyncDisposable
{
    private readonly Process process;
    private readonly List<string> said = [];

    private StreamWorker(Process process) => this.process = process;

    public static StreamWorker Start(WorkerProcess worker, string redis)
    {
        var start = worker.Service();
        start.Environment["ConnectionStrings__redis"] = redis;
        start.Environment["Etl__Interval"] = "1.00:00:00";
        start.Environment["Etl__AuditInterval"] = "00:00:00";
        start.Environment["Stream__FirstPassPatience"] = "00:00:00";
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        var started = new StreamWorker(Process.Start(start)!);
        started.process.OutputDataReceived += started.Take;
        started.process.ErrorDataReceived += started.Take;
        started.process.BeginOutputReadLine();
        started.process.BeginErrorReadLine();
        return started;
    }

    /// <summary>Most memory it ever had resident, as the system tells it: <c>VmHWM:	  123456 kB</c>.</summary>
    public double PeakMegabytes() => int.Parse(
        File.ReadLines($"/proc/{process.Id}/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))[6..].Replace("kB", "", StringComparison.Ordinal).Trim(),
        CultureInfo.InvariantCulture) / 1024.0;

    /// <exception cref="BenchmarkException">It has ended; says what it said.</exception>
    public void AssertRunning()
    {
        if (process.HasExited)
            throw new BenchmarkException($"The worker ended with exit code {process.ExitCode}: {Said()}");
    }

    /// <summary>Asks it to stop, as an orchestrator does.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            using var ask = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
            await ask.WaitForExitAsync();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
            }
        }

        if (Said() is { Length: > 0 } words)
            Console.WriteLine($"The worker said:\n{words}");
        process.Dispose();
    }

    private string Said()
    {
        lock (said)
            return string.Join('\n', said);
    }

    private void Take(object sender, DataReceivedEventArgs line)
    {
        lock (said)
        {
            if (line.Data is not null && said.Count < 60)
                said.Add(line.Data);
        }
    }
}
