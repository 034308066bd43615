using Aspire.Hosting;
using Fintech.Embedded.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Fintech.Embedded.Hosting.Running;

/// <summary>
/// Where no collector is configured the host is one itself, and shows what it receives: the part of the Aspire dashboard that a
/// developer misses first. Registered before the runner, so that it starts before the services and hears their last words.
/// </summary>
internal sealed class TelemetryReceiver(IConfiguration configuration, ILoggerFactory loggers) : IHostedService, IAsyncDisposable
{
    private const string PortKey = "Embedded:TelemetryPort";
    private const int DefaultPort = 18888;

    private TelemetryServer? _server;

    /// <summary>The link that signs in to the page; null where another collector receives.</summary>
    public string? LoginUrl => _server?.LoginUrl;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 })
            return;

        _server = await StartServerAsync(cancellationToken);
        configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] = _server.OtlpEndpoint;
        configuration["OTEL_EXPORTER_OTLP_PROTOCOL"] = _server.OtlpProtocol;
        configuration["OTEL_EXPORTER_OTLP_HEADERS"] = _server.OtlpHeaders;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>A second platform on the machine takes any free port, unless a port was asked for.</summary>
    private async Task<TelemetryServer> StartServerAsync(CancellationToken cancellationToken)
    {
        var configured = configuration.GetValue<int?>(PortKey);
        try
        {
            return await ListenAsync(configured ?? DefaultPort);
        }
        catch (AddressInUseException) when (configured is null)
        {
            return await ListenAsync(0);
        }
        catch (AddressInUseException e)
        {
            throw new DistributedApplicationException($"{e.Message} Set {PortKey} to another one, or to 0 for any.", e);
        }

        Task<TelemetryServer> ListenAsync(int port) =>
            TelemetryServer.StartAsync(new TelemetryServerOptions { Port = port, LoggerFactory = loggers }, cancellationToken);
    }
}
