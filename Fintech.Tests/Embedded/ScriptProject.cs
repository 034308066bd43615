using System.Net;
using System.Net.Sockets;
using System.Text;
using Aspire.Hosting.ApplicationModel;
using Fintech.Embedded.Hosting;

namespace Fintech.Tests.Embedded;

/// <summary>A "project" whose program is a shell script: it writes down its environment under its process id, and sleeps.</summary>
public sealed class ScriptProject() : BuiltProject(Path.Combine(Folder, "script.csproj"), Path.Combine(Folder, "script.dll"))
{
    private const string Script = "#!/bin/sh\nenv > \"$JOURNAL/$$.new\" && mv \"$JOURNAL/$$.new\" \"$JOURNAL/$$\"\nexec sleep 600\n";

    private static readonly string Folder = Create();

    /// <summary>The environment that a process of it was started with.</summary>
    internal static async Task<Dictionary<string, string>> EnvironmentAsync(string journal, int process, CancellationToken cancellationToken)
    {
        var file = Path.Combine(journal, process.ToString());
        await Eventually.IsTrueAsync($"process {process} to write down its environment", _ => Task.FromResult(File.Exists(file)), TimeSpan.FromSeconds(60), cancellationToken);

        // A value may have several lines; none that is asked for has.
        return (await File.ReadAllLinesAsync(file, cancellationToken))
            .Select(line => line.Split('=', 2))
            .Where(parts => parts.Length == 2)
            .GroupBy(parts => parts[0])
            .ToDictionary(g => g.Key, g => g.First()[1]);
    }

    private static string Create()
    {
        var folder = Directory.CreateTempSubdirectory("fintech-script-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        File.WriteAllText(Path.Combine(folder, "script.dll"), "");
        File.WriteAllText(Path.Combine(folder, "script"), Script);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(folder, "script"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return folder;
    }
}

/// <summary>Answers every request on a port with the same status and text, and ends the connection.</summary>
internal sealed class HttpAnswer : IDisposable
{
    private readonly TcpListener _listener;
    private readonly string _response;

    public HttpAnswer(int port, string text, int status = 200)
    {
        _response = $"HTTP/1.1 {status} As asked\r\nContent-Length: {text.Length}\r\nConnection: close\r\n\r\n{text}";
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _ = ServeAsync();
    }

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptSocketAsync();
                var request = new byte[4096];
                var length = 0;
                while (!Encoding.ASCII.GetString(request, 0, length).Contains("\r\n\r\n") && await client.ReceiveAsync(request.AsMemory(length)) is > 0 and var more)
                    length += more;

                await client.SendAsync(Encoding.ASCII.GetBytes(_response));
                client.Shutdown(SocketShutdown.Both);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is done with it; an unanswered request fails there.
        }
    }
}

internal static class ResourceEventExtensions
{
    public static int ProcessId(this ResourceEvent known) => (int)known.Snapshot.Properties.Single(p => p.Name == "executable.pid").Value!;
}
