using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace Fintech.Dashboard.Security;

/// <summary>What browsers call this server.</summary>
internal sealed class OwnAddress(IOptions<AccessOptions> options, IConfiguration configuration, IServer server)
{
    private const string Default = "http://localhost:5000";

    /// <summary>As configured, so known before the server listens; 0 where any free port will do.</summary>
    public int Port => (options.Value.Address ?? Parse(configuration["urls"]?.Split(';')[0] ?? PortOf(configuration["http_ports"]) ?? Default)).Port;

    /// <summary>For people to open; known once the server listens.</summary>
    public Uri Address => options.Value.Address
        ?? Parse(server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? Default);

    // "8080;8081"
    private static string? PortOf(string? ports) => string.IsNullOrWhiteSpace(ports) ? null : $"http://localhost:{ports.Split(';')[0]}";

    // "http://+:8080" and "http://[::]:8080" mean every address of the machine, and are none that can be opened.
    private static Uri Parse(string url)
    {
        var binding = BindingAddress.Parse(url);
        var host = binding.Host is "+" or "*" or "0.0.0.0" or "[::]" or "" ? "localhost" : binding.Host;
        return new UriBuilder(binding.Scheme, host, binding.Port).Uri;
    }
}
