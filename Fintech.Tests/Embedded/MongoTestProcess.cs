using System.Diagnostics;
using System.Globalization;
using Fintech.Embedded.Mongo;

namespace Fintech.Tests.Embedded;

/// <summary>The server as its own process, as the AppHost runs it.</summary>
internal sealed class MongoTestProcess : IDisposable
{
    private readonly Process _process;

    private MongoTestProcess(Process process) => _process = process;

    public int Port { get; private set; }

    public int ExitCode => _process.ExitCode;

    public static MongoTestProcess Start(IEnumerable<string> arguments, string? username = null, string? password = null)
    {
        // A test host may itself run without an apphost; the server's assembly lies beside ours in any case.
        var start = new ProcessStartInfo("dotnet", [typeof(MongoServer).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[ServerOptions.UsernameVariable] = username;
        start.Environment[ServerOptions.PasswordVariable] = password;

        return new MongoTestProcess(Process.Start(start)!);
    }

    /// <summary>Starts on a free port, without sign-in unless a user is given, and waits for the line <c>Listening on 127.0.0.1:40123</c>.</summary>
    public static async Task<MongoTestProcess> ListeningAsync(
        string folder, CancellationToken cancellationToken, string? username = null, string? password = null)
    {
        string[] signIn = username is null ? ["--no-auth"] : [];
        var process = Start(["--port", "0", "--data", folder, .. signIn], username, password);
        try
        {
            var line = await process._process.StandardOutput.ReadLineAsync(cancellationToken)
                ?? throw new InvalidOperationException($"The server ended without listening: {await process.ErrorAsync(cancellationToken)}");

            process.Port = int.Parse(line["Listening on 127.0.0.1:".Length..], CultureInfo.InvariantCulture);
            return process;
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    public Task<string> ErrorAsync(CancellationToken cancellationToken) => _process.StandardError.ReadToEndAsync(cancellationToken);

    public Task ExitAsync(CancellationToken cancellationToken) => _process.WaitForExitAsync(cancellationToken);

    /// <summary>SIGKILL: no handler runs, nothing is flushed on the way out.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        _process.Kill();
        await ExitAsync(cancellationToken);
    }

    /// <summary>SIGTERM, for which .NET has no call.</summary>
    public async Task TerminateAsync(CancellationToken cancellationToken)
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(cancellationToken);
        await ExitAsync(cancellationToken);
    }

    /// <summary>Bytes of memory the system counts for the process now.</summary>
    public long Memory()
    {
        _process.Refresh();
        return _process.WorkingSet64;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();

        _process.Dispose();
    }
}
