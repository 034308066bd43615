using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Fintech.Benchmarks;

/// <summary>The dashboard as it is published, on a free port. Everybody may watch: the way in is not what is measured.</summary>
internal sealed class DashboardProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private DashboardProcess(ServiceProcess service, Uri address)
    {
        Service = service;
        Address = address;
    }

    public ServiceProcess Service { get; }

    public Uri Address { get; }

    public static async Task<DashboardProcess> StartAsync(string assembly, string warehouse, string redis, CancellationToken cancellationToken)
    {
        var port = FreePort();
        var service = ServiceProcess.Start("dashboard", new ProcessStartInfo("dotnet", [assembly, "--urls", $"http://127.0.0.1:{port}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(assembly)!,
            Environment =
            {
                ["ConnectionStrings__warehouse"] = warehouse,
                ["ConnectionStrings__redis"] = redis,
                ["Dashboard__Access__Mode"] = "Open",
            },
        });
        try
        {
            await WaitForPortAsync(port, service, cancellationToken);
            return new DashboardProcess(service, new Uri($"http://127.0.0.1:{port}"));
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => Service.DisposeAsync();

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task WaitForPortAsync(int port, ServiceProcess dashboard, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
                return;
            }
            catch (SocketException) when (watch.Elapsed < Patience)
            {
                dashboard.AssertRunning();
                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
            }
        }
    }
}
