using System.Buffers.Text;
using System.Net.WebSockets;
using System.Text;
using Fintech.Benchmarks.Stream;

namespace Fintech.Benchmarks.Hub;

/// <summary>
/// A browser without a page: subscribes, and takes what comes. Of a frame it reads only how old its numbers are; a thousand that parsed
/// everything would measure themselves.
/// </summary>
internal sealed class HubClient(Uri hub, string window) : IAsyncDisposable
{
    private static readonly byte[] Handshake = "{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray();
    private static readonly byte[] FrameMark = "\"target\":\"Frame\""u8.ToArray();
    private static readonly byte[] AtMark = "\"at\":\""u8.ToArray();

    private const int Head = 200;

    private readonly ClientWebSocket socket = new();
    private readonly byte[] buffer = new byte[16 * 1024];

    public long Frames { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>From the moment the numbers of a frame were read from the warehouse to its last byte here.</summary>
    public Latencies Ages { get; } = new();

    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        await socket.ConnectAsync(hub, cancellationToken);
        await socket.SendAsync(Handshake, WebSocketMessageType.Text, true, cancellationToken);
        await socket.ReceiveAsync(buffer, cancellationToken);
        await socket.SendAsync(
            Encoding.UTF8.GetBytes($"{{\"type\":1,\"target\":\"Subscribe\",\"arguments\":[\"{window}\"]}}\u001e"), WebSocketMessageType.Text, true, cancellationToken);
    }

    /// <param name="measuring">Whether what arrives now counts.</param>
    public async Task ReceiveAsync(Func<bool> measuring, CancellationToken ending)
    {
        while (!ending.IsCancellationRequested)
        {
            var (head, length) = (0, 0L);
            ValueWebSocketReceiveResult received;
            do
            {
                // A message comes in pieces, the first of which may be short; what is beyond its head is only counted.
                received = await socket.ReceiveAsync(buffer.AsMemory(head), CancellationToken.None);
                length += received.Count;
                head = Math.Min(Head, head + received.Count);
            }
            while (!received.EndOfMessage);

            var readAt = ReadAt(buffer.AsSpan(0, head));
            if (received.MessageType == WebSocketMessageType.Close)
                throw new BenchmarkException($"The dashboard closed a connection: {socket.CloseStatusDescription}");
            if (readAt is not { } at || !measuring())
                continue;
            Frames++;
            Bytes += length;
            Ages.Add((long)(DateTime.UtcNow - at).TotalMilliseconds, 1);
        }
    }

    public ValueTask DisposeAsync()
    {
        socket.Abort();
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Of <c>{"type":1,"target":"Frame","arguments":[{"sequence":7,"at":"2026-01-01T00:00:00.1234567+00:00",…</c>; null where it is no frame.</summary>
    private static DateTime? ReadAt(ReadOnlySpan<byte> message)
    {
        if (message.IndexOf(FrameMark) < 0 || message.IndexOf(AtMark) is var mark && mark < 0)
            return null;
        return Utf8Parser.TryParse(message[(mark + AtMark.Length)..], out DateTimeOffset at, out _, 'O') ? at.UtcDateTime : null;
    }
}
