using System.Net;
using System.Net.Sockets;
using System.Text;
using StackExchange.Redis;

namespace Fintech.Benchmarks.Stream;

/// <summary>
/// A bare connection to Redis: commands go out as they were encoded, replies come back as bytes. What a client library does for each
/// command would be measured as if it were the platform's.
/// </summary>
internal sealed class RedisPipe : IAsyncDisposable
{
    private readonly Socket socket;

    private RedisPipe(Socket socket) => this.socket = socket;

    public static async Task<RedisPipe> OpenAsync(string connectionString, CancellationToken cancellationToken)
    {
        var settings = ConfigurationOptions.Parse(connectionString);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var pipe = new RedisPipe(socket);
        try
        {
            var (host, port) = settings.EndPoints[0] switch
            {
                IPEndPoint ip => (ip.Address.ToString(), ip.Port),
                DnsEndPoint dns => (dns.Host, dns.Port),
                var other => throw new BenchmarkException($"'{other}' is no address of a Redis."),
            };
            await socket.ConnectAsync(host, port == 0 ? 6379 : port, cancellationToken);
            if (settings.Password is { Length: > 0 } password)
                await pipe.ConfirmAsync(settings.User is { Length: > 0 } user ? ["AUTH", user, password] : ["AUTH", password], cancellationToken);
            if (settings.DefaultDatabase is { } database and > 0)
                await pipe.ConfirmAsync(["SELECT", $"{database}"], cancellationToken);
            return pipe;
        }
        catch
        {
            await pipe.DisposeAsync();
            throw;
        }
    }

    /// <summary>A command as Redis reads it: <c>*2\r\n$3\r\nGET\r\n$1\r\na\r\n</c>.</summary>
    public static byte[] Encode(params string[] words) =>
        Encoding.UTF8.GetBytes($"*{words.Length}\r\n" + string.Concat(words.Select(word => $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n")));

    public async ValueTask SendAsync(ReadOnlyMemory<byte> commands, CancellationToken cancellationToken)
    {
        while (!commands.IsEmpty)
            commands = commands[await socket.SendAsync(commands, cancellationToken)..];
    }

    /// <returns>How many bytes came; never none.</returns>
    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var received = await socket.ReceiveAsync(buffer, cancellationToken);
        return received > 0 ? received : throw new BenchmarkException("Redis closed the connection.");
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task ConfirmAsync(string[] words, CancellationToken cancellationToken)
    {
        await SendAsync(Encode(words), cancellationToken);
        var buffer = new byte[512];
        var received = await ReceiveAsync(buffer, cancellationToken);
        if (buffer[0] != '+')
            throw new BenchmarkException($"Redis answered {words[0]} with {Encoding.UTF8.GetString(buffer, 0, received)}.");
    }
}
