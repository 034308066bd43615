using System.Diagnostics;
using System.Net;
using System.Reflection;
using Fintech.Dashboard.Live;
using Fintech.Dashboard.Security.Links;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Fintech.Tests.Dashboard;

/// <summary>
/// The dashboard itself, its Program included, in this process on a free loopback port. Its entry point runs on a thread of its
/// own; the host it builds is caught through the diagnostic event that .NET raises for this purpose. Open to everybody, unless a
/// setting says <c>--Dashboard:Access:Mode=…</c>: then see <see cref="SignedInAsync"/>.
/// </summary>
internal sealed class DashboardApp : IAsyncDisposable
{
    private static readonly AsyncLocal<TaskCompletionSource<IHost>?> Building = new();

    private readonly IHost host;
    private readonly Task run;
    private readonly DirectoryInfo keys;

    static DashboardApp() => DiagnosticListener.AllListeners.Subscribe(new Listener());

    private DashboardApp(IHost host, Task run, Uri address, DirectoryInfo keys)
    {
        this.host = host;
        this.run = run;
        this.keys = keys;
        Address = address;
        Http = Visitor();
    }

    public Uri Address { get; }

    /// <summary>Without sign-in. Keeps cookies and sends the token that writes need, as the page does.</summary>
    public HttpClient Http { get; }

    public IServiceProvider Services => host.Services;

    /// <summary>Somebody else, who is not signed in either.</summary>
    public HttpClient Visitor() => new(new PageHandler()) { BaseAddress = Address };

    /// <summary>A link as the dashboard prints it: to open once, by a browser or by <see cref="SignedInAsync"/>.</summary>
    public Uri LinkFor(string role, string name = "tester", string returnUrl = "/")
    {
        var token = Services.GetRequiredService<LinkStore>().Issue(new(name, role, DateTimeOffset.UtcNow.AddHours(1)));
        return new Uri(Address, $"/sign-in?t={token}&returnUrl={Uri.EscapeDataString(returnUrl)}");
    }

    /// <summary>With <c>--Dashboard:Access:Mode=Link</c>: somebody who came by a link.</summary>
    /// <param name="role"><c>viewer</c>, <c>analyst</c> or <c>admin</c>.</param>
    public async Task<HttpClient> SignedInAsync(string role, string name, CancellationToken cancellationToken)
    {
        var http = new HttpClient(new PageHandler(await CookiesOfAsync(role, name, cancellationToken))) { BaseAddress = Address };
        return http;
    }

    /// <summary>The cookies of somebody who came by a link: for a hub connection, or for a browser.</summary>
    public async Task<CookieContainer> CookiesOfAsync(string role, string name, CancellationToken cancellationToken)
    {
        var handler = new PageHandler();
        using var http = new HttpClient(handler);
        using var answer = await http.GetAsync(LinkFor(role, name, "/api/me"), cancellationToken);
        answer.EnsureSuccessStatusCode();
        return handler.Cookies;
    }

    /// <param name="settings">For example <c>--Dashboard:TimeZone=Europe/Berlin</c>.</param>
    public static async Task<DashboardApp> StartAsync(string warehouse, string redis, CancellationToken cancellationToken, params string[] settings)
    {
        var keys = Directory.CreateTempSubdirectory("fintech-keys-");
        var built = new TaskCompletionSource<IHost>(TaskCreationOptions.RunContinuationsAsynchronously);
        Building.Value = built;
        string[] args =
        [
            "--applicationName=Fintech.Dashboard",
            $"--contentRoot={ProjectFolder}",
            "--urls=http://127.0.0.1:0",
            "--Logging:LogLevel:Default=Error",
            "--Logging:LogLevel:Microsoft.AspNetCore=Error",
            "--Logging:LogLevel:Fintech.Dashboard.Api.WarehouseAway=Warning",   // Says why the page was told that the warehouse is away.
            $"--ConnectionStrings:warehouse={warehouse}",
            $"--ConnectionStrings:redis={redis}",
            $"--Dashboard:Access:KeysFolder={keys.FullName}",
            "--Dashboard:Access:Mode=Open",
            .. settings,
        ];
        var run = Task.Factory.StartNew(
            () => typeof(LiveHub).Assembly.EntryPoint!.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [args], null),
            cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Building.Value = null;

        if (await Task.WhenAny(built.Task, run).WaitAsync(cancellationToken) == run)
            await run;

        var host = await built.Task;
        host.Services.GetRequiredService<ILoggerFactory>().AddProvider(new TestLog());
        var started = new TaskCompletionSource();
        await using var registration = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(started.SetResult);
        if (await Task.WhenAny(started.Task, run).WaitAsync(TimeSpan.FromMinutes(2), cancellationToken) == run)
            await run;

        var addresses = host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        return new DashboardApp(host, run, new Uri(addresses.Single()), keys);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await run;
        keys.Delete(recursive: true);
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
