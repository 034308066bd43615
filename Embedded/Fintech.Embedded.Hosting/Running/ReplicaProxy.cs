using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Fintech.Embedded.Hosting.Running;

/// <summary>The one address of a resource with replicas. Connections go to them in turn; one that does not answer is left out.</summary>
internal sealed class ReplicaProxy : IAsyncDisposable
{
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromMilliseconds(50);

    private readonly int[] _targets;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<TcpListener> _listeners = [];
    private readonly List<Task> _accepting = [];
    private readonly ConcurrentDictionary<long, Task> _connections = new();
    private long _accepted;
    private int _turn = -1;

    /// <param name="port">On localhost, both addresses of it.</param>
    /// <param name="targets">Where the replicas listen.</param>
    public ReplicaProxy(int port, IEnumerable<int> targets)
    {
        _targets = [.. targets];
        IEnumerable<IPAddress> addresses = Socket.OSSupportsIPv6 ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.Loopback];
        foreach (var address in addresses)
        {
            var listener = new TcpListener(address, port);
            try
            {
                listener.Start();
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable)
            {
                continue; // IPv6 compiled in but switched off.
            }

            _listeners.Add(listener);
            _accepting.Add(AcceptAsync(listener));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        foreach (var listener in _listeners)
            listener.Dispose();

        await Task.WhenAll([.. _accepting, .. _connections.Values]);
        _stopping.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        while (!_stopping.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await listener.AcceptSocketAsync(_stopping.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // The client went away between its knock and our answer; or no descriptor is free, which asking again at once would not change.
                await Task.Delay(AfterRefusal, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }

            var number = Interlocked.Increment(ref _accepted);
            var serving = ServeAsync(client);
            _connections[number] = serving;
            _ = serving.ContinueWith(done => _connections.TryRemove(number, out var _), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var accepted = client;
        using var replica = await ConnectAsync();
        if (replica is null || !client.Connected)
            return; // None of them is up, and the client sees its connection closed; or the client has gone already.

        client.NoDelay = replica.NoDelay = true;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);

        // Both before the first byte: a socket shut down one way counts as not connected, and gives no stream any more.
        await using var ofClient = new NetworkStream(client);
        await using var ofReplica = new NetworkStream(replica);
        var there = PumpAsync(ofClient, ofReplica, ended.Token);
        var back = PumpAsync(ofReplica, ofClient, ended.Token);

        // An orderly end of one direction leaves the other open, a broken connection ends both.
        if (!await await Task.WhenAny(there, back))
            await ended.CancelAsync();
        await Task.WhenAll(there, back);
    }

    private async Task<Socket?> ConnectAsync()
    {
        for (var attempt = 0; attempt < _targets.Length && !_stopping.IsCancellationRequested; attempt++)
        {
            var target = _targets[(uint)Interlocked.Increment(ref _turn) % (uint)_targets.Length];
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, target, _stopping.Token);
                return socket;
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                socket.Dispose(); // It is dead, or not up yet: the next one.
            }
        }

        return null;
    }

    /// <returns>False where the connection broke.</returns>
    private static async Task<bool> PumpAsync(NetworkStream from, NetworkStream to, CancellationToken cancellationToken)
    {
        try
        {
            await from.CopyToAsync(to, cancellationToken);
            to.Socket.Shutdown(SocketShutdown.Send);
            return true;
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            return false; // One of the two hung up, or the platform stops: the other is told by the end of its own connection.
        }
    }
}
