using System.Globalization;
using Aspire.Hosting;

namespace Fintech.Embedded.Hosting.Running;

/// <summary>What a killed run may leave behind: a lock file whose process is gone, or a server that is still on its way down.</summary>
internal static class StaleServer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <param name="name">The resource.</param>
    /// <param name="lockFile">Where the server writes its process id, in the first line.</param>
    /// <param name="folder">Its data, which it works in.</param>
    /// <param name="program">Its name, for systems that do not tell where a process works.</param>
    public static async Task ClearAsync(string name, string lockFile, string folder, string program, CancellationToken cancellationToken)
    {
        for (var waited = TimeSpan.Zero; File.Exists(lockFile); waited += TimeSpan.FromMilliseconds(100))
        {
            // A server tells a stale file by the process's id alone, if at all, so an id that another program has got since keeps it from starting.
            if (await HolderAsync(lockFile, cancellationToken) is not { } holder || !IsServerOf(holder, folder, program))
            {
                File.Delete(lockFile);
                return;
            }

            if (waited > Patience)
                throw new DistributedApplicationException($"'{name}' cannot start: process {holder} works on {folder} already: stop that one first.");

            await Task.Delay(100, cancellationToken);
        }
    }

    // 12345
    // /home/me/fintech/.data/oltp/cluster
    // …
    private static async Task<int?> HolderAsync(string lockFile, CancellationToken cancellationToken)
    {
        try
        {
            var lines = await File.ReadAllLinesAsync(lockFile, cancellationToken);
            return lines.Length > 0 && int.TryParse(lines[0], CultureInfo.InvariantCulture, out var id) ? id : null;
        }
        catch (FileNotFoundException)
        {
            // Removed by the server that held it, between our look and our read.
            return null;
        }
    }

    private static bool IsServerOf(int processId, string folder, string program)
    {
        if (!OperatingSystem.IsLinux())
            return IsNamed(processId, program);

        var workingFolder = new FileInfo($"/proc/{processId}/cwd");
        try
        {
            return workingFolder.LinkTarget is { } place && Path.GetFullPath(place) == Path.GetFullPath(folder);
        }
        catch (UnauthorizedAccessException)
        {
            return IsNamed(processId, program);
        }
    }

    private static bool IsNamed(int processId, string program)
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(processId);
            return process.ProcessName == program;
        }
        catch (ArgumentException)
        {
            // No such process.
            return false;
        }
    }
}
