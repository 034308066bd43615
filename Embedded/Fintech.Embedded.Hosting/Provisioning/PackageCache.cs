using Aspire.Hosting;
using Fintech.Embedded.Hosting.Running;

namespace Fintech.Embedded.Hosting.Provisioning;

/// <summary>Where downloaded servers are kept: once per user and machine, whatever the number of clones of this repository.</summary>
internal static class PackageCache
{
    /// <summary>Overrides the folder; the AppHost's setting <c>Embedded:CacheFolder</c>.</summary>
    public static string? ConfiguredFolder { get; set; }

    // As root the server runs as somebody else, who must be able to read its program: root's own home is closed to others.
    public static string Folder => ConfiguredFolder
        ?? (Environment.IsPrivilegedProcess
            ? "/var/lib/fintech-embedded"
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "fintech-embedded"));

    /// <summary>Runs the installation into an empty folder, unless it was done before, and shows it whole or not at all.</summary>
    public static async Task<string> ProvideAsync(string name, Func<string, Task> installAsync, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(Folder, name);
        if (Directory.Exists(folder))
            return folder;

        Directory.CreateDirectory(Folder);
        await using var exclusive = await LockAsync(Path.Combine(Folder, name + ".lock"), cancellationToken);
        if (Directory.Exists(folder))
            return folder;

        var unfinished = folder + ".new";
        if (Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);
        Directory.CreateDirectory(unfinished);

        await installAsync(unfinished);
        Directory.Move(unfinished, folder);
        return folder;
    }

    // Two servers of one AppHost, or two AppHosts, may want the same package at once.
    private static async Task<FileStream> LockAsync(string file, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(file))
            {
                await Task.Delay(200, cancellationToken);
            }
        }
    }
}
