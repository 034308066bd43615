using System.Net;
using System.Security.Cryptography;
using Fintech.Embedded.Telemetry.Otlp;
using Fintech.Embedded.Telemetry.Store;
using Fintech.Embedded.Telemetry.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Fintech.Embedded.Telemetry;

/// <summary>
/// Receives traces, logs and metrics of the services over OTLP, keeps the latest of them in memory, and shows them on a page:
/// what the Aspire dashboard does where there is none. Listens on loopback only.
/// </summary>
public sealed class TelemetryServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly MemoryKeeper memory;

    private TelemetryServer(WebApplication app, TelemetryStore store, MemoryKeeper memory, int port, string token, string key)
    {
        (this.app, this.memory) = (app, memory);
        Store = store;
        Url = $"http://localhost:{port}";
        LoginUrl = $"{Url}{SignIn.LoginPath}?t={token}";
        OtlpEndpoint = $"http://127.0.0.1:{port}";
        OtlpHeaders = $"{OtlpReceiver.KeyHeader}={key}";
    }

    /// <summary>Where the page is, for who is signed in: <c>http://localhost:18888</c>.</summary>
    public string Url { get; }

    /// <summary>The link that signs in, good for this start: <c>http://localhost:18888/login?t=…</c>.</summary>
    public string LoginUrl { get; }

    /// <summary>For <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> of the services.</summary>
    public string OtlpEndpoint { get; }

    /// <summary>For <c>OTEL_EXPORTER_OTLP_HEADERS</c>: <c>x-otlp-api-key=…</c>, made anew at each start.</summary>
    public string OtlpHeaders { get; }

    /// <summary>For <c>OTEL_EXPORTER_OTLP_PROTOCOL</c>.</summary>
    public string OtlpProtocol => "http/protobuf";

    internal TelemetryStore Store { get; }

    /// <exception cref="AddressInUseException">Another program listens on the port.</exception>
    public static async Task<TelemetryServer> StartAsync(TelemetryServerOptions options, CancellationToken cancellationToken)
    {
        options.Validate();
        var (token, key) = (Secret(), Secret());
        var store = new TelemetryStore(options);
        var app = Build(options);
        try
        {
            Map(app, options, store, new SignIn(token, options.TimeProvider), key);
            await app.StartAsync(cancellationToken);
            return new TelemetryServer(app, store, new MemoryKeeper(options.TimeProvider), new Uri(app.Urls.First()).Port, token, key);
        }
        catch (IOException fault) when (fault.InnerException is AddressInUseException)
        {
            await app.DisposeAsync();
            throw new AddressInUseException(
                $"The telemetry page cannot listen on http://localhost:{options.Port}: another program uses that port.", fault);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        memory.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
    }

    /// <summary>From an empty builder: the host's own settings (ASPNETCORE_URLS, appsettings.json) are not meant for this server.</summary>
    private static WebApplication Build(TelemetryServerOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.Services.Replace(ServiceDescriptor.Singleton(options.LoggerFactory));
        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime, OwnedLifetime>());
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;

            // Both loopbacks where the port is given: browsers ask ::1 first, and whoever answers there would get the token.
            if (options.Port == 0)
                kestrel.Listen(IPAddress.Loopback, 0);
            else
                kestrel.ListenLocalhost(options.Port);
        });
        return builder.Build();
    }

    private static void Map(WebApplication app, TelemetryServerOptions options, TelemetryStore store, SignIn signIn, string key)
    {
        app.Use(SecurityHeaders.AddAsync);
        app.Use(signIn.RequireAsync);
        app.MapGet(SignIn.LoginPath, signIn.LoginAsync).WithMetadata(SignIn.NotRequired);
        new OtlpReceiver(options, store, key).Map(app);
        new ViewEndpoints(store).Map(app);
        new PageFiles().Map(app);
    }

    private static string Secret() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>Starts and ends when the host says so; the usual lifetime would end at Ctrl+C, before the services' last words.</summary>
    private sealed class OwnedLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
