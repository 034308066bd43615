namespace Fintech.Embedded.Mongo.Wire;

internal static class MessageReader
{
    private const int FirstBuffer = 64 * 1024;

    /// <summary>Reads one whole message, header included; null where the client has hung up between messages.</summary>
    public static async Task<byte[]?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = new byte[MessageHeader.Size];
        var read = await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
        if (read == 0)
            return null;

        if (read < head.Length)
            throw new MalformedMessageException($"The connection ended after {read} bytes of a message header.");

        // The buffer grows with what arrives, not with what is announced: 48 MB are cheap to claim and dear to hold.
        var length = MessageHeader.Read(head).Length;
        var message = new byte[Math.Min(length, FirstBuffer)];
        head.CopyTo(message, 0);

        for (var filled = head.Length; filled < length; filled = message.Length)
        {
            if (filled == message.Length)
                Array.Resize(ref message, (int)Math.Min(length, 2L * message.Length));

            var wanted = message.Length - filled;
            read = await stream.ReadAtLeastAsync(message.AsMemory(filled), wanted, throwOnEndOfStream: false, cancellationToken);
            if (read < wanted)
                throw new MalformedMessageException($"The connection ended after {filled + read} of {length} bytes of a message.");
        }

        return message;
    }
}
