using System.Net;
using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Fintech.Embedded.Hosting.Running;

/// <summary>Hands out ports that nobody listens on.</summary>
internal static class FreePorts
{
    // Below the ports that Linux (32768 up) and macOS (49152 up) give to outgoing connections: one of those cannot take a port of ours
    // between its choice here and the moment the server listens.
    private const int First = 15_000;
    private const int Last = 32_000;

    private static readonly HashSet<int> Given = [];

    public static void Allocate(IResource resource, bool randomize)
    {
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
        {
            // A server's target port is the one inside its container: 5432 says nothing about this machine.
            var wanted = randomize ? null : endpoint.Port ?? (resource is ContainerResource ? null : endpoint.TargetPort);
            if (wanted is { } port && !IsFree(port))
                throw new DistributedApplicationException(
                    $"Port {port} for endpoint '{endpoint.Name}' of '{resource.Name}' is taken by another program: stop that one, or configure another port.");

            var ofEachReplica = resource.GetReplicaCount() > 1 ? ResourceInstance.PortTemplate(endpoint) : null;
            endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, endpoint.TargetHost, wanted ?? Next(), ofEachReplica);
        }
    }

    public static int Next()
    {
        lock (Given)
        {
            for (var attempt = 0; attempt < 10_000; attempt++)
            {
                var port = Random.Shared.Next(First, Last);
                if (!Given.Contains(port) && IsFree(port))
                {
                    Given.Add(port);
                    return port;
                }
            }
        }

        throw new DistributedApplicationException($"No port between {First} and {Last} is free on this machine.");
    }

    private static bool IsFree(int port) => CanListen(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || CanListen(IPAddress.IPv6Loopback, port));

    private static bool CanListen(IPAddress address, int port)
    {
        try
        {
            using var listener = new TcpListener(address, port);
            listener.Start();
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return false;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            // IPv6 compiled in but switched off: no server can listen there either.
            return true;
        }
    }
}
