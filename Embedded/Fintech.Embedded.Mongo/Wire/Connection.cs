using System.Net.Sockets;
using Fintech.Embedded.Mongo.Auth;
using Fintech.Embedded.Mongo.Commands;
using Fintech.Embedded.Mongo.Storage;

namespace Fintech.Embedded.Mongo.Wire;

/// <summary>One client: its messages are answered one after another, in the order they came.</summary>
internal sealed class Connection(Socket socket, int id, CommandTable commands, TextWriter log)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            await ServeAsync(stream, cancellationToken);
        }
        catch (MalformedMessageException e)
        {
            await log.WriteLineAsync($"Connection {id} is closed: {OneLine(e.Message)}");
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or DataFolderException)
        {
            // The client has gone without a word, as a killed process does; or this server is stopping, or has to, since the disk
            // refuses, which MongoServer.Failed reports. In any case there is nobody to answer.
        }
        catch (Exception e)
        {
            // A fault of ours, of which there is no answer to tell: one that cannot be written, say. The others are served on.
            await log.WriteLineAsync($"Connection {id} failed: {e}");
        }
    }

    private async Task ServeAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var session = new Session(id);

        while (await MessageReader.ReadAsync(stream, cancellationToken) is { } message)
        {
            var request = MessageParser.Parse(message);
            var answer = await commands.ExecuteAsync(request, session, cancellationToken);

            if (request.ExpectsReply)
                await stream.WriteAsync(ReplyWriter.Write(request, answer), cancellationToken);
        }
    }

    /// <summary>What is malformed may be quoted, and who is not even signed in may not write lines of his own into the log.</summary>
    private static string OneLine(string message) => string.Concat(message.Select(letter => char.IsControl(letter) ? ' ' : letter));
}
