using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;
using Xunit;

namespace Fintech.Tests.Producer;

/// <summary>A redis-server of a test's own, to be killed, frozen and started again on the same port and data.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("fintech-redis-");
    private readonly int port = FreePort();
    private readonly string executable;
    private Process process;

    private RedisServer(string executable)
    {
        this.executable = executable;
        process = Launch();
    }

    public int Port => port;

    public static async Task<RedisServer> StartAsync()
    {
        var server = new RedisServer(Needs.RedisServer());
        await using var connection = await server.ConnectAsync();
        return server;
    }

    /// <summary>A connection of its own; the short time-out makes a frozen server noticed soon.</summary>
    public async Task<ConnectionMultiplexer> ConnectAsync()
    {
        var options = new ConfigurationOptions
        {
            EndPoints = { { IPAddress.Loopback, port } },
            AbortOnConnectFail = false,
            AsyncTimeout = 500,
            ReconnectRetryPolicy = new LinearRetry(100),
            AllowAdmin = true,
        };

        // The port first: the client's own second attempt would come a second later.
        await UntilAsync("listens", IsListeningAsync);
        var connection = await ConnectionMultiplexer.ConnectAsync(options);
        await UntilAsync("answers", _ => Task.FromResult(connection.IsConnected));
        return connection;
    }

    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    public void Restart() => process = Launch();

    /// <summary>It takes connections and commands and answers none of them: what a client sees is a reply that never comes.</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    public Task ThawAsync() => SignalAsync("CONT");

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        folder.Delete(recursive: true);
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, kill.ExitCode);
    }

    private Process Launch() => Process.Start(
        executable,
        ["--port", $"{port}", "--bind", "127.0.0.1", "--dir", folder.FullName, "--appendonly", "yes", "--save", "", "--logfile", "redis.log"])
        ?? throw new InvalidOperationException($"{executable} did not start.");

    private Task UntilAsync(string what, Func<CancellationToken, Task<bool>> condition) => Eventually.IsTrueAsync(
        $"redis-server on port {port} that {what}", condition, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

    private async Task<bool> IsListeningAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
