using System.Diagnostics;
using Xunit;

namespace Fintech.Tests.Streaming;

/// <summary>The worker as a process of its own, behind proxies of its own.</summary>
internal sealed class ChaosWorker(string name, int postgres, int redis, Func<int, string> warehouse) : IAsyncDisposable
{
    private const int KeptLines = 400;

    /// <summary>The one that these tests were built with, which compiles as it runs, where none that was published is named.</summary>
    private static readonly string Program =
        Environment.GetEnvironmentVariable("FINTECH_TEST_CHAOS_WORKER") is { Length: > 0 } published ? published : Path.Combine(AppContext.BaseDirectory, "Fintech.Etl.Worker.dll");

    private readonly Queue<string> lines = new();
    private Process? process;

    public ChaosProxy Postgres { get; } = new(postgres);

    public ChaosProxy Redis { get; } = new(redis);

    public int RedisDatabase { get; init; }

    /// <summary>As it calls itself in the checkpoints.</summary>
    public string Owner => $"{Environment.MachineName}/{process!.Id}";

    public bool IsRunning => process is { HasExited: false };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Start()
    {
        var start = new ProcessStartInfo("dotnet", [Program])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath(),
        };
        // There is no source: its passes fail, and the stream does not wait for them.
        foreach (var (key, value) in new Dictionary<string, string>
        {
            ["ConnectionStrings__warehouse"] = warehouse(Postgres.Port),
            ["ConnectionStrings__source"] = "Host=127.0.0.1;Port=1;Username=none;Database=none;Timeout=1",
            ["ConnectionStrings__merchants"] = "mongodb://127.0.0.1:1/none?serverSelectionTimeoutMS=500",
            ["ConnectionStrings__redis"] = $"127.0.0.1:{Redis.Port},defaultDatabase={RedisDatabase}",
            ["Privacy__PiiKey"] = Workbench.PiiSecret,
            ["Stream__FirstPassPatience"] = "00:00:00",
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["Logging__LogLevel__Default"] = "Warning",
            ["Logging__LogLevel__Fintech.Etl.Worker.Streaming"] = "Information",
            ["Logging__LogLevel__Fintech.Etl.Worker.Scoring"] = "Information",
            ["Logging__LogLevel__Fintech.Etl.Worker.Batch"] = "None",
            ["Logging__Console__FormatterName"] = "simple",
            ["Logging__Console__FormatterOptions__TimestampFormat"] = "HH:mm:ss.fff ",
        })
        {
            start.Environment[key] = value;
        }

        process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        process!.Kill();
        await process.WaitForExitAsync(Token);
        process.Dispose();
        process = null;
    }

    /// <summary>STOP, CONT or TERM.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process!.Id}"]);
        await kill.WaitForExitAsync(Token);
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>What it said last, for a test that fails.</summary>
    public string Log
    {
        get
        {
            lock (lines)
                return $"--- {name}{Environment.NewLine}{string.Join(Environment.NewLine, lines)}";
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }

        process?.Dispose();
        await Postgres.DisposeAsync();
        await Redis.DisposeAsync();
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        lock (lines)
        {
            lines.Enqueue(line);
            if (lines.Count > KeptLines)
                lines.Dequeue();
        }
    }
}
