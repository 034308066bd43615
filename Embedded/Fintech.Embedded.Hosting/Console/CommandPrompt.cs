using Aspire.Hosting.ApplicationModel;
using Fintech.Embedded.Hosting.Running;
using Microsoft.Win32.SafeHandles;

namespace Fintech.Embedded.Hosting.Console;

/// <summary>What a person types while the platform runs: <c>start etl-worker</c>, <c>stop etl-worker-2</c>, <c>restart dwh</c>, <c>help</c>.</summary>
internal sealed class CommandPrompt(ResourceCommandService commands, DistributedApplicationModel model, Terminal terminal, bool isOffered)
{
    private const nint StandardInput = 0;
    private const string Help = "Type 'start NAME', 'stop NAME' or 'restart NAME' of a resource in the table; Ctrl+C stops everything.";

    private volatile bool _isRefused;

    public bool IsOffered => isOffered && !_isRefused;

    public void Listen()
    {
        if (!isOffered)
            return;

        // Started with '&', or sent to the background later, we would be stopped for reading; so ignored, the read fails instead.
        NativeSignal.Ignore(NativeSignal.TerminalInput);
        new Thread(ReadLines) { IsBackground = true, Name = "Commands typed at the terminal" }.Start();
    }

    /// <returns>What to say; nothing to an empty line.</returns>
    public async Task<string?> AnswerAsync(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words.Length == 0)
            return null;
        if (words.Length != 2)
            return Help;

        // A resource's name means all its replicas, the id of a replica that one.
        var result = model.Resources.TryGetByName(words[1], out var resource) && resource.HasAnnotationOfType<StartupAnnotation>()
            ? await commands.ExecuteCommandAsync(resource, words[0])
            : await commands.ExecuteCommandAsync(words[1], words[0]);
        return result.Message;
    }

    // Straight from the terminal, which edits the line. The streams of System.Console would take the terminal over, and with it
    // stop a program that was started in the background.
    private void ReadLines()
    {
        try
        {
            using var reader = new StreamReader(new FileStream(new SafeFileHandle(StandardInput, ownsHandle: false), FileAccess.Read, bufferSize: 0));
            while (reader.ReadLine() is { } line)
                if (AnswerAsync(line).GetAwaiter().GetResult() is { } answer)
                    terminal.WriteSentence(answer);
        }
        catch (IOException e)
        {
            _isRefused = true;
            terminal.WriteSentence($"Commands are not read from this terminal, as happens in the background: {e.Message}.");
        }
    }
}
