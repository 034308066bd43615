using System.Diagnostics;
using System.Reflection;
using Fintech.Dashboard.Live;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Fintech.Tests.Dashboard;

/// <summary>
/// The dashboard itself, its Program included, in this process on a free loopback port. Its entry point runs on a thread of its
/// own; the host it builds is caught through the diagnostic event that .NET raises for this purpose.
/// </summary>
internal sealed class DashboardApp : IAsyncDisposable
{
    private static readonly AsyncLocal<TaskCompletionSource<IHost>?> Building = new();

    private readonly IHost host;
    private readonly Task run;

    static DashboardApp() => DiagnosticListener.AllListeners.Subscribe(new Listener());

    private DashboardApp(IHost host, Task run, Uri address)
    {
        this.host = host;
        this.run = run;
        Address = address;
        Http = new HttpClient { BaseAddress = address };
    }

    public Uri Address { get; }

    public HttpClient Http { get; }

    public IServiceProvider Services => host.Services;

    /// <param name="settings">For example <c>--Dashboard:TimeZone=Europe/Berlin</c>.</param>
    public static async Task<DashboardApp> StartAsync(string warehouse, string redis, CancellationToken cancellationToken, params string[] settings)
    {
        var built = new TaskCompletionSource<IHost>(TaskCreationOptions.RunContinuationsAsynchronously);
        Building.Value = built;
        string[] args =
        [
            "--applicationName=Fintech.Dashboard",
            $"--contentRoot={ProjectFolder}",
            "--urls=http://127.0.0.1:0",
            "--Logging:LogLevel:Default=Error",
            "--Logging:LogLevel:Microsoft.AspNetCore=Error",
            $"--ConnectionStrings:warehouse={warehouse}",
            $"--ConnectionStrings:redis={redis}",
            .. settings,
        ];
        var run = Task.Factory.StartNew(
            () => typeof(LiveHub).Assembly.EntryPoint!.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [args], null),
            cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Building.Value = null;

        if (await Task.WhenAny(built.Task, run).WaitAsync(cancellationToken) == run)
            await run;

        var host = await built.Task;
        var started = new TaskCompletionSource();
        await using var registration = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(started.SetResult);
        if (await Task.WhenAny(started.Task, run).WaitAsync(TimeSpan.FromSeconds(30), cancellationToken) == run)
            await run;

        var addresses = host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        return new DashboardApp(host, run, new Uri(addresses.Single()));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await run;
    }

    private static string ProjectFolder
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "Fintech.sln")))
                    return Path.Combine(folder.FullName, "Fintech.Dashboard");
            }

            throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds Fintech.sln.");
        }
    }

    /// <summary>The event comes on the thread that builds the host, hence knows which start it belongs to.</summary>
    private sealed class Listener : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
    {
        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == "Microsoft.Extensions.Hosting")
                value.Subscribe(this);
        }

        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value.Key == "HostBuilt")
                Building.Value?.TrySetResult((IHost)value.Value!);
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }
}
