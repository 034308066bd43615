using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Fintech.Embedded.Mongo.Commands;
using Fintech.Embedded.Mongo.Cursors;
using Fintech.Embedded.Mongo.Storage;
using Fintech.Embedded.Mongo.Wire;

namespace Fintech.Embedded.Mongo;

/// <summary>The server: it listens on the loopback address, and nowhere else, and gives every client a connection of its own.</summary>
internal sealed class MongoServer : IAsyncDisposable
{
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<int, Task> _connections = new();
    private readonly Store _store;
    private readonly CursorRegistry _cursors;
    private readonly CommandTable _commands;
    private readonly Socket _listener;
    private readonly TimeProvider _time;
    private readonly TextWriter _log;
    private readonly Task _accepting;

    private MongoServer(ServerOptions options, Store store, Socket listener, TimeProvider time, TextWriter log)
    {
        (_store, _listener, _time, _log) = (store, listener, time, log);
        _cursors = new CursorRegistry(time);
        _commands = new CommandTable(store, _cursors, options.Credentials, time, log);
        _accepting = AcceptAsync();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>Faults when the server cannot go on.</summary>
    public Task Failed => Task.WhenAny(_store.Failed, _accepting).Unwrap();

    public static MongoServer Start(ServerOptions options, TimeProvider time, TextWriter log)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // The port first: it costs nothing to find it taken, and nobody is answered before the journal is read.
            listener.Bind(new IPEndPoint(IPAddress.Loopback, options.Port));
            var store = Store.Open(options.DataFolder, log, options.LeastWaste);
            listener.Listen();
            return new MongoServer(options, store, listener, time, log);
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();

        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_connections.Values);

        _cursors.Dispose();
        _store.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        for (var id = 1; !_stopping.IsCancellationRequested; id++)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_stopping.Token);
                socket.NoDelay = true;
                Serve(socket, id);
            }
            catch (Exception e) when (_stopping.IsCancellationRequested && e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                // The client gave up while it was in the queue, or too many files are open: one connection's trouble, not the server's.
                await _log.WriteLineAsync($"Connection {id} could not be accepted: {e.Message}");
                await Task.Delay(AcceptPause, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Serve(Socket socket, int id)
    {
        var connection = new Connection(socket, id, _commands, _log);
        var task = Task.Run(() => connection.RunAsync(_stopping.Token));
        _connections[id] = task;

        // When the task has ended before it was noted down, this still runs after, and takes it out again.
        task.ContinueWith(_ => _connections.TryRemove(id, out Task? _), TaskScheduler.Default);
    }
}
