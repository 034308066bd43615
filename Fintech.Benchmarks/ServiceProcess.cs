using System.Diagnostics;
using System.Globalization;

namespace Fintech.Benchmarks;

/// <summary>A service of the platform as a process of its own. What it says is kept, and shown when it ends.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly Process process;
    private readonly string name;
    private readonly List<string> said = [];

    private ServiceProcess(Process process, string name)
    {
        this.process = process;
        this.name = name;
    }

    /// <param name="start">Its outputs are redirected.</param>
    public static ServiceProcess Start(string name, ProcessStartInfo start)
    {
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        var started = new ServiceProcess(Process.Start(start)!, name);
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
            throw new BenchmarkException($"The {name} ended with exit code {process.ExitCode}: {Said()}");
    }

    /// <exception cref="BenchmarkException">It has ended, or two minutes are over.</exception>
    public async Task UntilAsync(string what, Func<bool> happened, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        while (!happened())
        {
            AssertRunning();
            if (watch.Elapsed > Patience)
                throw new BenchmarkException($"Waited {Patience.TotalSeconds:F0} s for {what}.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        }
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
            Console.WriteLine($"The {name} said:\n{words}");
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
