using System.Globalization;
using Aspire.Hosting;

namespace Fintech.Embedded.Hosting.Postgres;

/// <summary>What a killed run may leave behind: a lock file whose process is gone, or a server that is still on its way down.</summary>
internal static class StaleServer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task ClearAsync(string name, string cluster, CancellationToken cancellationToken)
    {
        var lockFile = Path.Combine(cluster, "postmaster.pid");
        for (var waited = TimeSpan.Zero; File.Exists(lockFile); waited += TimeSpan.FromMilliseconds(100))
        {
            // PostgreSQL itself tells a stale file by the process's id alone, so an id that another program has got since keeps it from starting.
            if (await HolderAsync(lockFile, cancellationToken) is not { } holder || !IsServerOf(holder, cluster))
            {
                File.Delete(lockFile);
                return;
            }

            if (waited > Patience)
                throw new DistributedApplicationException($"'{name}' cannot start: process {holder} is a PostgreSQL server on {cluster} already. Stop it first.");

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

    private static bool IsServerOf(int processId, string cluster)
    {
        if (!OperatingSystem.IsLinux())
            return IsNamedPostgres(processId);

        // Linux tells which folder a process works in, and PostgreSQL works in its cluster's.
        var workingFolder = new FileInfo($"/proc/{processId}/cwd");
        try
        {
            return workingFolder.LinkTarget is { } folder && Path.GetFullPath(folder) == Path.GetFullPath(cluster);
        }
        catch (UnauthorizedAccessException)
        {
            return IsNamedPostgres(processId);
        }
    }

    private static bool IsNamedPostgres(int processId)
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(processId);
            return process.ProcessName == "postgres";
        }
        catch (ArgumentException)
        {
            // No such process.
            return false;
        }
    }
}
