using System.Net;
using System.Net.Sockets;

namespace Fintech.Tests.Streaming;

/// <summary>
/// A TCP proxy that can cut connections half-open, as a cable or a firewall does: both ends keep an established connection whose
/// bytes, closing included, do not arrive any more. New connections pass.
/// </summary>
/// <remarks>
/// The kernels still acknowledge to the proxy what they get, so that keep-alives and TCP_USER_TIMEOUT notice nothing: who survives
/// this has time-outs of his own.
/// </remarks>
internal sealed class ChaosProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource ending = new();
    private readonly List<Link> links = [];
    private readonly int target;
    private readonly Task accepting;

    public ChaosProxy(int target)
    {
        this.target = target;
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <returns>How many connections were cut.</returns>
    public int CutHalfOpen()
    {
        lock (links)
        {
            links.RemoveAll(link => link.Ended);
            var open = links.Where(link => !link.Cut).ToList();
            open.ForEach(link => link.Cut = true);
            return open.Count;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        listener.Dispose();
        await accepting;
        lock (links)
            links.ForEach(link => link.Close());
        ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptSocketAsync(ending.Token);
                _ = ConnectAsync(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The proxy ends.
        }
    }

    private async Task ConnectAsync(Socket client)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, target, ending.Token);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            client.Close(0);    // Refused there, refused here.
            return;
        }

        var link = new Link(client, server);
        lock (links)
            links.Add(link);
        await Task.WhenAll(link.PumpAsync(client, server, ending.Token), link.PumpAsync(server, client, ending.Token));
    }

    private sealed class Link(Socket client, Socket server)
    {
        private volatile bool cut;

        public bool Cut
        {
            get => cut;
            set => cut = value;
        }

        public bool Ended { get; private set; }

        public async Task PumpAsync(Socket from, Socket to, CancellationToken cancellationToken)
        {
            var buffer = new byte[64 * 1024];
            try
            {
                while (await from.ReceiveAsync(buffer, cancellationToken) is > 0 and var read)
                {
                    if (!cut)
                        await SendAsync(to, buffer.AsMemory(0, read), cancellationToken);
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // One end is gone; unless the link is cut, the other one hears of it.
            }

            if (!cut)
                Close();
        }

        public void Close()
        {
            Ended = true;
            client.Close(0);
            server.Close(0);
        }

        private static async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            while (bytes.Length > 0)
                bytes = bytes[await to.SendAsync(bytes, cancellationToken)..];
        }
    }
}
