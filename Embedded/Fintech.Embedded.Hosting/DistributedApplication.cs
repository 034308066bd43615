using System.Runtime.InteropServices;
using Aspire.Hosting.ApplicationModel;
using Fintech.Embedded.Hosting.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

public class DistributedApplication(IHost host) : IHost, IAsyncDisposable
{
    private bool _disposed;

    public IServiceProvider Services => host.Services;

    public ResourceNotificationService ResourceNotifications => Services.GetRequiredService<ResourceNotificationService>();

    public ResourceCommandService ResourceCommands => Services.GetRequiredService<ResourceCommandService>();

    public static IDistributedApplicationBuilder CreateBuilder() => CreateBuilder([]);

    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => CreateBuilder(new DistributedApplicationOptions { Args = args });

    public static IDistributedApplicationBuilder CreateBuilder(DistributedApplicationOptions options) => new DistributedApplicationBuilder(options);

    public virtual async Task StartAsync(CancellationToken cancellationToken = default)
    {
        // A wrong setting shows as the services are made. Made by the host, they would leave it half started, which it cannot stop from.
        _ = Services.GetServices<IHostedService>().Count();
        await host.StartAsync(cancellationToken);
    }

    public virtual Task StopAsync(CancellationToken cancellationToken = default) => host.StopAsync(cancellationToken);

    public void Run() => RunAsync().GetAwaiter().GetResult();

    /// <summary>Runs until Ctrl+C. What a person must put right (a port that is taken, a server that is not installed) is told in a sentence.</summary>
    public virtual async Task RunAsync(CancellationToken cancellationToken = default)
    {
        var lifetime = Services.GetRequiredService<IHostApplicationLifetime>();
        // What a terminal that is closed sends; the host itself knows the other signals.
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, StopInOrder);
        IReadOnlyList<string> failures = [];
        try
        {
            await StartAsync(cancellationToken);
            await host.WaitForShutdownAsync(cancellationToken);
            failures = Services.GetServices<IHostedService>().OfType<ApplicationRunner>().Single().Failures;
        }
        catch (DistributedApplicationException e)
        {
            failures = [e.Message];
            System.Environment.ExitCode = 1;
        }
        finally
        {
            await DisposeAsync();
        }

        // Last of all, where it is seen: what the servers say as they stop would else push it out of sight.
        foreach (var failure in failures)
            await System.Console.Error.WriteLineAsync(failure);

        void StopInOrder(PosixSignalContext signal)
        {
            signal.Cancel = true;
            lifetime.StopApplication();
        }
    }

    public virtual void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public virtual async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;

        _disposed = true;
        var data = Services.GetRequiredService<DataFolder>();
        await host.StopAsync();
        if (host is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
        else
            host.Dispose();

        data.Dispose();
        GC.SuppressFinalize(this);
    }
}
