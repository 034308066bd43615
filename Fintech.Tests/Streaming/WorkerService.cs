using System.Diagnostics;
using Fintech.Embedded.Hosting.Running;
using Npgsql;
using StackExchange.Redis;

namespace Fintech.Tests.Streaming;

/// <summary>The worker as a process of its own, on the stores of a bench. Source and merchants are away: its passes fail, which is none of the stream's business.</summary>
internal sealed class WorkerService : IAsyncDisposable
{
    public const int SigHup = 1;
    public const int SigTerm = 15;

    private readonly Process process;
    private readonly Task<string> output;
    private readonly Task<string> error;

    private WorkerService(Process process)
    {
        this.process = process;
        (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
    }

    public static WorkerService Start(Workbench bench, string applicationName, params (string Name, string Value)[] settings)
    {
        var warehouse = new NpgsqlConnectionStringBuilder(bench.Warehouse.ConnectionString) { ApplicationName = applicationName };
        var redis = ConfigurationOptions.Parse(bench.Connection.Configuration);
        redis.DefaultDatabase = bench.Redis.Database;
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Fintech.Etl.Worker.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
            Environment =
            {
                ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
                ["ConnectionStrings__source"] = "Host=127.0.0.1;Port=1;Database=source;Username=nobody",
                ["ConnectionStrings__merchants"] = "mongodb://127.0.0.1:1/merchants",
                ["ConnectionStrings__warehouse"] = warehouse.ConnectionString,
                ["ConnectionStrings__redis"] = redis.ToString(includePassword: true),
                ["Privacy__PiiKey"] = Workbench.PiiSecret,
                ["Stream__FirstPassPatience"] = "00:00:00",
            },
        };
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        return new WorkerService(Process.Start(start)!);
    }

    public void Signal(int signal) => NativeSignal.Send(process.Id, signal);

    public void Kill() => process.Kill();

    /// <returns>Its exit code.</returns>
    public async Task<int> EndAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            await process.WaitForExitAsync(cancellationToken).WaitAsync(patience, cancellationToken);
        }
        catch (TimeoutException e)
        {
            process.Kill();
            throw new TimeoutException($"The worker did not end within {patience.TotalSeconds:0} s; it said:\n{await output}\n{await error}", e);
        }

        return process.ExitCode;
    }

    /// <summary>What it said, once it has ended.</summary>
    public async Task<string> SaidAsync() => $"{await output}\n{await error}";

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
